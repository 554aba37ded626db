import { describe, expect, test } from '@jest/globals';
import { DATA_ROLES, ROLES } from './roles.ts';
import { Given } from './settings.ts';
import { isSecret, plain, runProgram, type AskedResource } from './testing/program.ts';
import { CERTIFICATE, DEV, PROD } from './testing/stacks.ts';
import { REACHES } from './testing/reach.ts';

const GUID = (digit: number): string => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;

/** Other than the defaults wherever it can be, so that what reaches its resource was really said. */
const ODD = {
  ...DEV,
  label: 'fabrikam',
  location: 'northeurope',
  resourceGroup: 'existing',
  tags: '{"team":"platform"}',
  addressSpace: '172.16.0.0/20',
  podAddresses: '172.20.0.0/16',
  serviceAddresses: '172.21.0.0/16',
  allowedClients: '["203.0.113.0/24","198.51.100.7/32"]',
  clusterTier: 'Premium',
  apiServerClients: '["203.0.113.0/24"]',
  zones: '["2","3"]',
  systemNodeSize: 'Standard_B4ms',
  systemNodes: '2',
  systemNodesOnly: 'true',
  nodeSize: 'Standard_D8ds_v5',
  nodesMin: '4',
  nodesMax: '9',
  upgradeChannel: 'patch',
  maintenanceDay: 'Tuesday',
  maintenanceHour: '7',
  registryTier: 'Standard',
  databaseMode: 'autoscale',
  databaseThroughput: '4000',
  databaseBackupDays: '30',
  protectData: 'true',
  hostname: 'mcp.fabrikam.com',
  tls: 'pfx',
  certificatePfx: 'c2VjcmV0',
  firewall: 'off',
  edgeMin: '1',
  edgeMax: '5',
  logDays: '45',
  logDailyGb: '2.5',
  alertEmails: '["ops@fabrikam.com"]',
  identifierUris:
    '["https://mcp.fabrikam.com/adapters/weather/mcp","https://mcp.fabrikam.com/mcp"]',
  createGroups: 'true',
  roleGroups: `{"mcp.admin":["${GUID(1)}"]}`,
  tenantId: GUID(2),
  gatewaysMin: '2',
  gatewaysMax: '4',
  routersMin: '2',
  routersMax: '5',
  sampleServers: 'false',
  allowedImages: '["team/*"]',
  trustedCertificates: CERTIFICATE,
  imageGeneration: '4',
  keyGeneration: '3',
  gatewaySettings: '{"LOG_LEVEL":"debug","COSMOS_KEY":"c2VjcmV0"}',
  routerSettings: '{"LIST_MODE":"search"}',
};
const OIDC = {
  ...DEV,
  signIn: 'oidc',
  oidcIssuer: 'https://id.example',
  oidcAudiences: '["mcp"]',
  tls: 'none',
};

const runs = {
  dev: await runProgram(DEV),
  prod: await runProgram(PROD),
  odd: await runProgram(ODD),
  oidc: await runProgram(OIDC),
  existing: await runProgram({ ...DEV, signIn: 'existing', clientId: GUID(3) }),
};
const previews = {
  dev: await runProgram(DEV, { preview: true }),
  prod: await runProgram(PROD, { preview: true }),
};

const all = [...Object.values(runs), ...Object.values(previews)].flatMap((run) => run.resources);
const { dev, prod } = runs;

describe('each setting reaches its resource', () => {
  test('every setting is among those that are looked for', () => {
    expect(Object.keys(REACHES).sort()).toEqual(Object.keys(Given.shape).sort());
  });

  test.each(Object.keys(runs))('of %s', (name) => {
    const run = runs[name as keyof typeof runs];
    for (const [setting, reaches] of Object.entries(REACHES)) {
      for (const { at, is } of reaches) {
        expect([setting, at(run)]).toEqual([setting, is(run.settings)]);
      }
    }
  });
});

test('nothing that was missing is written out', () => {
  for (const { type, name, inputs } of all) {
    expect(`${type} ${name} ${JSON.stringify(inputs)}`).not.toMatch(
      /undefined|\[object|NaN|\u{f8ff}/u,
    );
  }
});

test('nothing that only Azure decides is made up in a preview, and only its place is left open', () => {
  for (const profile of ['dev', 'prod'] as const) {
    const names = (resources: readonly AskedResource[]) =>
      resources.map(({ type, name }) => `${type} ${name}`).sort();
    expect(names(previews[profile].resources)).toEqual(names(runs[profile].resources));
  }
  const pods = JSON.stringify(
    previews.prod.one('apps/v1:Deployment', 'mcp-gateway-deployment-gateway').inputs,
  );
  for (const known of ['"name":"PUBLIC_ORIGIN"', '"path":"/health/ready"', '"value":"adapter"'])
    expect(pods).toContain(known);
});

test('every object in the cluster is made by the provider of that cluster', () => {
  const objects = all.filter(({ type }) => type.startsWith('kubernetes:'));
  expect(objects.length).toBeGreaterThan(50);
  for (const { provider } of objects) expect(provider).toContain('pulumi:providers:kubernetes');
});

describe('secrets', () => {
  test('are marked as such wherever they go', () => {
    const provider = dev.one('providers:kubernetes');
    expect(isSecret(provider.inputs.kubeconfig)).toBe(true);
    expect(
      isSecret(dev.one('core/v1:Secret', 'mcp-gateway-secret-gateway').inputs.stringData),
    ).toBe(true);
    const { properties } = runs.odd.one('keyvault:Secret').inputs;
    expect([properties, (properties as Record<string, unknown>).value].some(isSecret)).toBe(true);
  });

  test('go nowhere else', () => {
    const keys = plain(
      dev.one('core/v1:Secret', 'mcp-gateway-secret-gateway').inputs.stringData,
    ) as { SESSION_KEYS: string };
    const [first = ''] = keys.SESSION_KEYS.split(',');
    for (const resource of dev.resources.filter(({ type }) => !type.endsWith(':Secret')))
      expect(JSON.stringify(plain(resource.inputs))).not.toContain(first);
    expect(JSON.stringify(dev.outputs)).not.toContain(first);
  });

  test('the key in use comes first, and the next one is known before it is needed', () => {
    const keys = plain(runs.odd.one('core/v1:Secret', 'mcp-gateway-secret-gateway').inputs.stringData) as { SESSION_KEYS: string }; // prettier-ignore
    const named = [3, 4, 2].map((each) =>
      Buffer.alloc(32, `session-keys-${each}`).toString('base64'),
    );
    expect(keys.SESSION_KEYS.split(',')).toEqual(named);
  });
});

describe('rights', () => {
  const grants = (run: typeof dev) =>
    run.of('authorization:RoleAssignment').map(({ inputs }) => {
      const role = String(inputs.roleDefinitionId).split('/').at(-1);
      return `${Object.entries(ROLES).find(([, id]) => id === role)?.[0]} on ${String(inputs.scope).split('/').slice(-2).join('/')} for ${String(inputs.principalId)}`; // prettier-ignore
    });

  test('are the least that works, each on one thing', () => {
    expect(grants(dev).sort()).toEqual([
      'acrPull on containerregistry/mgregcontoso for kubelet',
      'keyVaultSecretsUser on keyvault/mg-kv-contoso-abcde for principal-mg-identity-contoso-edge',
      'networkContributor on network/load-balancer for principal-mg-identity-contoso-cluster',
      'networkContributor on network/nodes for principal-mg-identity-contoso-cluster',
    ]);
  });

  test('on data: the gateway writes, the router reads, in this database alone', () => {
    const roles = prod
      .of('cosmosdb:SqlResourceSqlRoleAssignment')
      .map(({ inputs }) => [
        inputs.principalId,
        String(inputs.roleDefinitionId).split('/').at(-1),
        String(inputs.scope).split('/').slice(-2).join('/'),
      ]);
    expect(roles).toEqual([
      ['principal-mg-identity-contoso', DATA_ROLES.contributor, 'dbs/McpGatewayDb'],
      ['principal-mg-identity-contoso-router', DATA_ROLES.reader, 'dbs/McpGatewayDb'],
    ]);
  });

  test('of the tool router to connect end at Entra ID, its database and the gateway', () => {
    const policy = prod.one('networking.k8s.io/v1:NetworkPolicy', 'mcp-gateway-networkpolicy-tool-router'); // prettier-ignore
    const { egress } = plain(policy.inputs.spec) as { egress: { to: { ipBlock?: object }[] }[] };
    const blocks = egress.flatMap(({ to }) => to.flatMap(({ ipBlock }) => ipBlock ?? []));
    expect(blocks).toEqual([
      { cidr: '0.0.0.0/0', except: expect.arrayContaining(['10.0.0.0/16', '10.244.0.0/16', '192.168.0.0/16', '169.254.0.0/16']) }, // prettier-ignore
      { cidr: '10.0.3.0/24' },
    ]);
  });

  test('have names that stay when they are made anew, and no two the same', () => {
    const names = prod.of('authorization:RoleAssignment').map(({ inputs }) => inputs.roleAssignmentName); // prettier-ignore
    expect(new Set(names).size).toBe(names.length);
    expect(previews.prod.of('authorization:RoleAssignment').map(({ inputs }) => inputs.roleAssignmentName)).toEqual(names); // prettier-ignore
  });
});

test('what people need to know is an output, and can be used as it is', () => {
  const origin = 'https://contoso.westeurope.cloudapp.azure.com';
  expect(dev.outputs).toMatchObject({
    url: origin,
    toolsUrl: `${origin}/mcp`,
    adaptersUrl: `${origin}/adapters`,
    resourceGroup: 'mg-rg-contoso',
    cluster: 'mg-aks-contoso',
    registry: 'mgregcontoso.azurecr.io',
    clientId: GUID(1).replace(/0000-4000.*/, '0000-4000-8000-000000000000'),
    gatewayIdentityClientId: 'client-mg-identity-contoso',
    workloadIdentityClientId: 'client-mg-identity-contoso-workload',
    monthlyDollars: { Total: expect.any(Number) },
  });
  expect(JSON.parse(String(dev.outputs.mcpJson))).toEqual({
    servers: { 'mcp-gateway-contoso': { type: 'http', url: `${origin}/mcp` } },
  });
});
