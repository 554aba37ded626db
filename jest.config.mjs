const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.mcp-gateway', '<rootDir>/.cache'],
};

/** Unit tests stand beside the code; what spans rooms stands in test/ and may take minutes. */
export default {
  testTimeout: 30_000,
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{core,platform,gateway,tool-router,mcp-proxy,sample-servers}/**/src/**/*.test.ts',
        '<rootDir>/test/{rooms,support,bench,conformance,pipelines}/**/*.test.ts',
        '<rootDir>/pipelines/**/*.test.ts',
        '<rootDir>/infra/**/*.test.ts',
      ],
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
  ],
};
