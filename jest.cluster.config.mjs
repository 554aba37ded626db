import base from './jest.config.mjs';

const [unit] = base.projects;
/** Those that take parts of the cluster away, or measure it, have it for themselves. */
const ALONE = ['outage', 'deployed'];

/** Apart from the other tests, so that `npm test` never touches a cluster that KUBECONFIG happens to name. */
export default {
  testTimeout: 180_000,
  maxConcurrency: 4,
  maxWorkers: 3,
  projects: [
    {
      ...unit,
      displayName: 'together',
      testMatch: ['<rootDir>/test/cluster/*.test.ts'],
      testPathIgnorePatterns: [`/test/cluster/(${ALONE.join('|')})\\.test\\.ts$`],
    },
    {
      ...unit,
      displayName: 'alone',
      testMatch: ALONE.map((name) => `<rootDir>/test/cluster/${name}.test.ts`),
    },
  ],
};
