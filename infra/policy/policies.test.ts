import { describe, expect, test } from '@jest/globals';
import type { ResourceValidationArgs, ResourceValidationPolicy } from '@pulumi/policy';
import { plain, runProgram, type AskedResource } from '../testing/program.ts';
import { DEV, PROD } from '../testing/stacks.ts';
import { CLOUD_POLICIES } from './cloud-policies.ts';
import { POD_POLICIES } from './pod-policies.ts';

const POLICIES = [...CLOUD_POLICIES, ...POD_POLICIES];
const [dev, prod] = [await runProgram(DEV), await runProgram(PROD)];

type Props = Record<string, unknown>;

/** Which policies refuse a resource. */
function refusals(type: string, props: unknown): string[] {
  return POLICIES.filter((policy) => reports(policy, type, props as Props).length > 0).map(({ name }) => name); // prettier-ignore
}

function reports(
  { validateResource }: ResourceValidationPolicy,
  type: string,
  props: Props,
): string[] {
  const found: string[] = [];
  const args = { type, props } as ResourceValidationArgs; // all that these policies look at
  for (const validate of [validateResource].flat())
    void validate?.(args, (message) => found.push(message));
  return found;
}

/** The inputs of a resource of production, with one value changed. */
function changed(resource: AskedResource, path: string, value: unknown): unknown {
  const copy = structuredClone(plain(resource.inputs)) as Props;
  const keys = path.split('.');
  const last = keys.pop()!;
  const inner = keys.reduce<Props>((object, key) => object[key] as Props, copy);
  if (value === undefined) Reflect.deleteProperty(inner, last);
  else inner[last] = value;
  return copy;
}

test('what the program makes passes', () => {
  for (const { type, name, inputs } of [...dev.resources, ...prod.resources])
    expect([type, name, refusals(type, plain(inputs))]).toEqual([type, name, []]);
});

type Case = [what: string, type: string, path: string, value: unknown, policy: string];

/** As Azure documents them. */
const MIGHTY_ROLES = [
  ['whoever may grant rights', 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'],
  ['whoever gets credentials of the cluster that nobody can take back', '0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8'], // prettier-ignore
  ['whoever may do everything in the cluster', 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b'],
  ['whoever may do everything in each namespace', '3498e952-d568-435e-9b2c-8d77e338d7f7'],
  ['whoever may do everything with secrets', '00482a5a-887f-4fb3-b363-3b7fe8e74483'],
] as const;

describe('refused is', () => {
  const pod = 'spec.template.spec.containers.0';
  const plainRule = { name: 'plain', httpListener: { id: '/httpListeners/http' }, backendAddressPool: { id: '/backendAddressPools/gateway' } }; // prettier-ignore
  const cases: Case[] = [
    ['a public database in production', 'cosmosdb:DatabaseAccount', 'publicNetworkAccess', 'Enabled', 'no-public-stores'], // prettier-ignore
    ['a public registry in production', 'containerregistry:Registry', 'publicNetworkAccess', undefined, 'no-public-stores'], // prettier-ignore
    ['a public vault in production', 'keyvault:Vault', 'properties.publicNetworkAccess', 'Enabled', 'no-public-stores'], // prettier-ignore
    ['a store that does not say what it is for', 'keyvault:Vault', 'tags', {}, 'profile-is-said'],
    ['a database with keys', 'cosmosdb:DatabaseAccount', 'disableLocalAuth', false, 'no-local-authentication'], // prettier-ignore
    ['an admin of the registry', 'containerregistry:Registry', 'adminUserEnabled', true, 'no-local-authentication'], // prettier-ignore
    ['a registry for everybody', 'containerregistry:Registry', 'anonymousPullEnabled', undefined, 'no-local-authentication'], // prettier-ignore
    ['a local account of the cluster', 'containerservice:ManagedCluster', 'disableLocalAccounts', undefined, 'no-local-authentication'], // prettier-ignore
    ['a cluster without an engine for policies', 'containerservice:ManagedCluster', 'networkProfile.networkPolicy', undefined, 'enforced-network-policies'], // prettier-ignore
    ['an edge without firewall', 'network:ApplicationGateway', 'sku.tier', 'Standard_v2', 'edge-with-tls'], // prettier-ignore
    ['an edge without certificate', 'network:ApplicationGateway', 'sslCertificates', [], 'edge-with-tls'], // prettier-ignore
    ['a certificate that stands beside plain HTTP', 'network:ApplicationGateway', 'requestRoutingRules', [plainRule], 'plain-http-redirects'], // prettier-ignore
    ['plain HTTP by paths', 'network:ApplicationGateway', 'requestRoutingRules', [{ name: 'paths', httpListener: { id: '/httpListeners/http' }, urlPathMap: { id: '/urlPathMaps/all' } }], 'plain-http-redirects'], // prettier-ignore
    ['a redirect that is none', 'network:ApplicationGateway', 'requestRoutingRules', [{ ...plainRule, redirectConfiguration: { id: '/redirectConfigurations/to-https' } }], 'plain-http-redirects'], // prettier-ignore
    ['an owner', 'authorization:RoleAssignment', 'roleDefinitionId', '/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'least-roles'], // prettier-ignore
    ...MIGHTY_ROLES.map(([who, id]): Case => [who, 'authorization:RoleAssignment', 'roleDefinitionId', `/roleDefinitions/${id.toUpperCase()}`, 'least-roles']), // prettier-ignore
    ['an image by tag', 'apps/v1:Deployment', `${pod}.image`, 'contoso.azurecr.io/gateway:1', 'images-by-digest'], // prettier-ignore
    ['a secret in a variable', 'apps/v1:Deployment', `${pod}.env`, [{ name: 'SESSION_KEYS', value: 'plain' }], 'no-plain-secrets'], // prettier-ignore
    ['a password in a variable', 'apps/v1:Deployment', `${pod}.env`, [{ name: 'DB_PASSWORD', value: 'plain' }], 'no-plain-secrets'], // prettier-ignore
    ['a pod that nobody asks whether it is ready', 'apps/v1:Deployment', `${pod}.readinessProbe`, undefined, 'probed'], // prettier-ignore
    ['a pod that nobody asks whether it lives', 'apps/v1:Deployment', `${pod}.livenessProbe`, undefined, 'probed'], // prettier-ignore
    ['a pod without limits', 'apps/v1:Deployment', `${pod}.resources`, {}, 'limited'],
    [
      'a privileged pod',
      'apps/v1:Deployment',
      `${pod}.securityContext.privileged`,
      true,
      'confined',
    ],
    ['a pod that may become root', 'apps/v1:Deployment', `${pod}.securityContext`, {}, 'confined'],
    ['a pod in the network of its machine', 'apps/v1:Deployment', 'spec.template.spec.hostNetwork', true, 'apart-from-host'], // prettier-ignore
    ['a pod that sees the processes of its machine', 'apps/v1:Deployment', 'spec.template.spec.hostPID', true, 'apart-from-host'], // prettier-ignore
    ['a pod that shares memory with its machine', 'apps/v1:Deployment', 'spec.template.spec.hostIPC', true, 'apart-from-host'], // prettier-ignore
    ['a pod with files of its machine', 'apps/v1:Deployment', 'spec.template.spec.volumes', [{ name: 'root', hostPath: { path: '/' } }], 'apart-from-host'], // prettier-ignore
    ['a privileged beginning', 'apps/v1:Deployment', 'spec.template.spec.initContainers', [{ name: 'first', securityContext: { privileged: true } }], 'confined'], // prettier-ignore
    ['a balancer open to the world', 'core/v1:Service', 'metadata.annotations', {}, 'balancers-inside'], // prettier-ignore
  ];
  test.each(cases)('%s', (_, type, path, value, policy) => {
    const [resource] = prod.of(type).filter(({ name }) => type !== 'core/v1:Service' || name.endsWith('-edge')); // prettier-ignore
    expect(refusals(resource!.type, changed(resource!, path, value))).toContain(policy);
  });

  test('and each policy refuses something', () => {
    expect(new Set(cases.map(([, , , , policy]) => policy))).toEqual(new Set(POLICIES.map(({ name }) => name))); // prettier-ignore
  });
});

test('what ends by itself is not probed, also where it begins before the others', () => {
  const [deployment] = prod.of('apps/v1:Deployment');
  const first = { name: 'first', image: 'contoso.azurecr.io/first@sha256:' + '0'.repeat(64) };
  const props = changed(deployment!, 'spec.template.spec.initContainers', [first]);
  expect(refusals(deployment!.type, props).sort()).toEqual(['confined', 'limited']);
});

test('in development stores may be public, and nothing else is let off', () => {
  const account = dev.one('cosmosdb:DatabaseAccount');
  expect(plain(account.inputs)).toMatchObject({ publicNetworkAccess: 'Enabled' });
  expect(refusals(account.type, changed(account, 'disableLocalAuth', false))).toEqual([
    'no-local-authentication',
  ]);
});
