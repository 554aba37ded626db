import base from './jest.config.mjs';

const [unit] = base.projects;

/** What needs the Pulumi CLI on PATH; without it the tests say so and are skipped. */
export default {
  ...unit,
  displayName: 'pulumi',
  testMatch: ['<rootDir>/test/pulumi/**/*.test.ts'],
  testTimeout: 600_000,
  maxWorkers: 1,
};
