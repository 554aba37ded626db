import { describe, expect, test } from '@jest/globals';
import { addressPlan } from './address-plan.ts';
import { networkRules } from './network-rules.ts';
import { stackSettings } from './stack-settings.ts';
import { PROD } from './testing/stacks.ts';

const settings = stackSettings({ values: PROD, encrypted: () => true });
const plan = addressPlan(settings.addressSpace);
const rules = networkRules(plan, settings);
const from = { ...plan, pods: settings.podAddresses };

/** Whether the first rule that is about them lets a source in. */
function mayConnect(source: string, to: keyof typeof rules, port: string): boolean {
  const [decisive] = [...rules[to]]
    .sort((one, other) => Number(one.priority) - Number(other.priority))
    .filter(({ sourceAddressPrefix, sourceAddressPrefixes = [] }) =>
      [sourceAddressPrefix, ...(sourceAddressPrefixes as string[])].some((each) => each === source || each === '*'), // prettier-ignore
    )
    .filter(({ destinationPortRange }) => destinationPortRange === '*' || destinationPortRange === port); // prettier-ignore
  return decisive?.access === 'Allow';
}

describe('who may connect to private endpoints', () => {
  const cases: [keyof typeof from, string, boolean][] = [
    ['nodes', 'pull images', true],
    ['pods', 'read the database', true],
    ['edge', 'reads its certificate', true],
    ['builds', 'push images', true],
    ['loadBalancer', 'have nothing to ask for', false],
  ];
  test.each(cases)('%s %s', (source, _, may) => {
    expect(mayConnect(from[source], 'endpoints', '443')).toBe(may);
    expect(mayConnect(from[source], 'endpoints', '80')).toBe(false);
  });
});

test('builds reach nothing else inside the network, and nothing reaches them', () => {
  for (const to of ['nodes', 'edge', 'loadBalancer'] as const) {
    expect([to, mayConnect(plan.builds, to, '8000')]).toEqual([to, false]);
  }
  for (const source of Object.values(from)) expect(mayConnect(source, 'builds', '443')).toBe(false);
});
