import { expect, test } from '@jest/globals';
import { plain, runProgram } from './testing/program.ts';
import { DEV, PROD } from './testing/stacks.ts';

const dev = await runProgram(DEV);
const prod = await runProgram(PROD);
const ending = await runProgram({ ...PROD, protectData: 'false' });

const vault = (run: typeof dev) => run.one('keyvault:Vault');

test('what is given up for a teardown of production is nothing that Azure refuses to give up', () => {
  expect(plain(vault(ending).inputs)).toEqual(plain(vault(prod).inputs));
  expect(prod.optionsOf(vault(prod)).protect).toBe(true);
  expect(ending.optionsOf(vault(ending)).protect).toBe(false);
});

test('the pools that Azure tells of a cluster are no change, for that of servers is a resource of its own', () => {
  const cluster = prod.one('containerservice:ManagedCluster');
  expect(plain(cluster.inputs.agentPoolProfiles)).toMatchObject([{ name: 'system' }]);
  expect(plain(prod.one('containerservice:AgentPool').inputs.agentPoolName)).toBe('servers');
  expect(prod.optionsOf(cluster).ignoreChanges).toContain('agentPoolProfiles');
});

test('a vault that becomes one of production keeps how long it keeps what was deleted', () => {
  for (const run of [dev, prod]) {
    expect(run.optionsOf(vault(run)).ignoreChanges).toContain('properties.softDeleteRetentionInDays'); // prettier-ignore
  }
});
