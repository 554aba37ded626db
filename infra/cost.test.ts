import { expect, test } from '@jest/globals';
import { costTable, costText, monthlyCost } from './cost.ts';
import { stackSettings } from './stack-settings.ts';
import { DEV, PROD } from './testing/stacks.ts';

const cost = (values: Readonly<Record<string, string>>) =>
  monthlyCost(stackSettings({ values, encrypted: () => true }));
const of = (values: Readonly<Record<string, string>>, what: string): number | undefined =>
  cost(values).lines.find((line) => line.what === what)?.dollars;

test('dev costs a fraction of prod', () => {
  const [dev, prod] = [cost(DEV).total, cost(PROD).total];
  expect(dev).toBeGreaterThan(0);
  expect(dev * 3).toBeLessThan(prod);
});

test('the total is the sum of the lines, in the text and in the table', () => {
  for (const values of [DEV, PROD]) {
    const estimate = cost(values);
    const sum = estimate.lines.reduce((all, { dollars = 0 }) => all + dollars, 0);
    expect(Math.abs(estimate.total - sum)).toBeLessThanOrEqual(0.5);
    expect(costText(estimate)).toMatch(new RegExp(`Total +${estimate.total}$`));
    expect(costTable(estimate)).toMatchObject({ Total: estimate.total });
  }
});

test.each([
  ['more nodes', 'Nodes of servers', { nodesMin: '2' }],
  ['larger nodes', 'Nodes of the system', { systemNodeSize: 'Standard_D8ds_v5' }],
  ['a promise of uptime', 'Kubernetes API', { clusterTier: 'Standard' }],
  ['reserved throughput', 'Cosmos DB', { databaseMode: 'autoscale' }],
  ['a reserved edge', 'Application gateway', { edgeMin: '1' }],
  ['a larger registry', 'Container registry', { registryTier: 'Standard' }],
])('%s cost more', (_, what, change) => {
  expect(of({ ...DEV, ...change }, what)).toBeGreaterThan(of(DEV, what)!);
});

test('no firewall is cheaper', () => {
  const [with_, without] = [of(DEV, 'Application gateway')!, of({ ...DEV, firewall: 'off' }, 'Application gateway')!]; // prettier-ignore
  expect(without).toBeLessThan(with_);
});

test('a size whose price is not known is said to be so, not counted as nothing', () => {
  const estimate = cost({ ...DEV, nodesMin: '1', nodeSize: 'Standard_X1' });
  expect(estimate.lines).toContainEqual({ what: 'Nodes of servers', because: '1 × Standard_X1' });
  expect(costText(estimate)).toMatch(/Nodes of servers +\? +1 × Standard_X1/);
});

test('a limit on logs is a limit on what they cost', () => {
  expect(of({ ...PROD, logDailyGb: '0.1' }, 'Logs')).toBeLessThan(of(PROD, 'Logs')!);
});
