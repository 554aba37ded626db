import { describe, expect, test } from '@jest/globals';
import { armBody } from './testing/arm.ts';
import { plain, runProgram } from './testing/program.ts';
import { DEV, PROD } from './testing/stacks.ts';

const [dev, prod] = [await runProgram(DEV), await runProgram(PROD)];

/** What newer versions of Azure's interface know and the clients' descriptions do not yet. */
const NEWER: ReadonlySet<string> = new Set([
  'Registry.anonymousPullEnabled: is not known',
  'ApplicationInsightsComponent.disableLocalAuth: is not known',
  'ApplicationInsightsComponent.workspaceResourceId: is not known',
  'ManagedCluster.agentPoolProfiles.0.securityProfile.sshAccess: is not known',
  'AgentPool.securityProfile.sshAccess: is not known',
  'AgentPool.type: only Azure sets it', // the provider's word for properties.type
]);

const inputsOf = (type: string): Record<string, unknown> =>
  plain(prod.one(type).inputs) as Record<string, unknown>; // they are objects

describe("every body is one that Azure's own clients would send", () => {
  test.each(['dev', 'prod'] as const)('of %s', async (profile) => {
    const { resources } = { dev, prod }[profile];
    let checked = 0;
    for (const { type, name, inputs } of resources) {
      const arm = await armBody(type, plain(inputs) as Record<string, unknown>);
      if (arm === undefined) continue;
      checked++;
      const mistakes = arm.mistakes.filter((mistake) => !NEWER.has(mistake));
      expect({ type, name, mistakes }).toEqual({ type, name, mistakes: [] });
      expect(leaves(arm.body)).toBeGreaterThan(0);
    }
    expect(checked).toBeGreaterThan(35);
  });

  test('and holds what was asked for where Azure looks for it', async () => {
    const { body } = (await armBody('containerservice:ManagedCluster', inputsOf('containerservice:ManagedCluster')))!; // prettier-ignore
    expect(body).toMatchObject({
      location: 'westeurope',
      sku: { name: 'Base', tier: 'Standard' },
      properties: {
        disableLocalAccounts: true,
        apiServerAccessProfile: { disableRunCommand: true },
        networkProfile: { networkPolicy: 'cilium', networkPluginMode: 'overlay' },
        oidcIssuerProfile: { enabled: true },
      },
    });
  });
});

describe('what Azure would refuse is found', () => {
  const cases: [string, string, (inputs: Record<string, unknown>) => unknown][] = [
    ['a name with a wrong letter', 'containerservice:ManagedCluster', (all) => ({ ...all, agentPoolProfiles: [{ name: 'System_1' }] })], // prettier-ignore
    ['a number as text', 'containerservice:AgentPool', (all) => ({ ...all, count: '2' })],
    ['a disk that is too large', 'containerservice:AgentPool', (all) => ({ ...all, osDiskSizeGB: 99_999 })], // prettier-ignore
    ['a word of another version', 'network:ApplicationGateway', (all) => ({ ...all, backendHttpSettings: [] })], // prettier-ignore
    ['a consistency that does not exist', 'cosmosdb:DatabaseAccount', (all) => ({ ...all, consistencyPolicy: { defaultConsistencyLevel: 'Sometimes' } })], // prettier-ignore
    [
      'a part that is missing',
      'cosmosdb:DatabaseAccount',
      (all) => ({ ...all, locations: undefined }),
    ],
    ['a vault of no tenant', 'keyvault:Vault', (all) => ({ ...all, properties: { sku: { family: 'A', name: 'standard' } } })], // prettier-ignore
    ['what only Azure sets', 'containerregistry:Registry', (all) => ({ ...all, loginServer: 'mine' })], // prettier-ignore
  ];
  test.each(cases)('%s', async (_, type, change) => {
    const wrong = change(inputsOf(type)) as Record<string, unknown>; // made from inputs
    const mistakes = await armBody(type, wrong).then(
      (arm) => arm!.mistakes,
      (error: unknown) => [String(error)],
    );
    expect(mistakes.filter((mistake) => !NEWER.has(mistake))).not.toEqual([]);
  });
});

function leaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + leaves(item), 0);
}
