import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { plain, runProgram } from './testing/program.ts';
import { ESTABLISHED, inputs } from './testing/reference.ts';
import { DEV, PROD } from './testing/stacks.ts';

const [dev, prod] = [await runProgram(DEV), await runProgram(PROD)];

describe('each resource of the established deployment', () => {
  test.each(ESTABLISHED.filter(({ ours }) => ours).map((row) => [row.theirs, row] as const))(
    'is here: %s',
    (_, { ours, has }) => {
      for (const run of [dev, prod]) {
        const found = ours!(run);
        if (Array.isArray(has) || typeof has !== 'object') expect(found).toEqual(partial(has));
        else expect([found]).toEqual([partial(has)]);
      }
    },
  );

  test('private endpoints are for the database, as there, and for registry and vault', () => {
    const groups = prod.of('network:PrivateEndpoint').map((each) => plain(each.inputs));
    expect(JSON.stringify(groups)).toMatch(/"registry".*"Sql".*"vault"/s);
    expect(dev.of('network:PrivateEndpoint')).toEqual([]);
  });

  test('whatever differs is written down with its reason', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../docs/infrastructure.md'), 'utf8');
    const unfolded = text.replaceAll(/\s+/g, ' ');
    for (const { theirs, differs } of ESTABLISHED) {
      if (differs !== undefined) expect(unfolded).toMatch(new RegExp(`\\| ${escaped(theirs)} +\\| ${escaped(differs)}`)); // prettier-ignore
    }
  });
});

describe('the faults of the established deployment', () => {
  test('the secret is random, not the placeholder that nobody replaced', () => {
    const { stringData } = plain(dev.one('core/v1:Secret', 'mcp-gateway-secret-gateway').inputs) as { stringData: Record<string, string> }; // prettier-ignore
    for (const value of Object.values(stringData)) {
      expect(value).not.toContain('${');
      expect(value.length).toBeGreaterThanOrEqual(43);
    }
    expect(dev.of('RandomBytes').length).toBeGreaterThan(0);
  });

  test('policies are enforced, for the cluster has an engine that does', () => {
    for (const run of [dev, prod]) {
      expect(inputs('containerservice:ManagedCluster')(run)).toMatchObject({
        networkProfile: { networkPolicy: 'cilium', networkDataplane: 'cilium' },
      });
    }
  });

  test("the gateway's address is of a subnet from which neither nodes nor pods take theirs", () => {
    const service = inputs('core/v1:Service', 'mcp-gateway-service-gateway-edge')(dev);
    expect(service).toMatchObject({
      metadata: {
        annotations: {
          'service.beta.kubernetes.io/azure-load-balancer-internal': 'true',
          'service.beta.kubernetes.io/azure-load-balancer-internal-subnet': 'load-balancer',
          'service.beta.kubernetes.io/azure-load-balancer-ipv4': '10.0.4.10',
        },
      },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
    });
    expect(service).not.toHaveProperty('spec.loadBalancerIP');
    expect(JSON.stringify(inputs('network:ApplicationGateway')(dev))).toContain('10.0.4.10');
  });

  test('every name follows the label, and none the name of the resource group', async () => {
    const elsewhere = await runProgram({ ...DEV, resourceGroup: 'another-name_1' });
    expect(inputs('containerservice:ManagedCluster')(elsewhere)).toMatchObject({
      resourceName: 'mg-aks-contoso',
      resourceGroupName: 'another-name_1',
    });
    expect(inputs('containerregistry:Registry')(elsewhere)).toMatchObject({
      registryName: 'mgregcontoso',
    });
  });

  test('clients come by https, and http only shows the way there', () => {
    const rules = (inputs('network:ApplicationGateway')(dev) as { requestRoutingRules: { name: string; httpListener: { id: string } }[] }).requestRoutingRules; // prettier-ignore
    expect(
      rules.map(({ name, httpListener }) => [name, httpListener.id.split('/').at(-1)]),
    ).toEqual([
      ['gateway', 'https'],
      ['to-https', 'http'],
    ]);
    expect(dev.outputs.url).toMatch(/^https:/);
  });

  test('a stream may be silent for longer than the heartbeat lets it', () => {
    expect(inputs('network:ApplicationGateway')(dev)).toMatchObject({
      backendHttpSettingsCollection: [{ requestTimeout: 3600 }],
    });
    expect(inputs('network:PublicIPAddress')(dev)).toMatchObject({ idleTimeoutInMinutes: 30 });
  });

  test('containers for agents and sessions are there, and sessions can end by themselves', () => {
    expect(dev.of('cosmosdb:SqlResourceSqlContainer').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['AgentContainer', 'SessionContainer']),
    );
    const sessions = inputs('cosmosdb:SqlResourceSqlContainer', 'SessionContainer')(dev);
    expect(sessions).toMatchObject({ resource: { defaultTtl: -1 } });
  });

  test('what runs is what was built: images by digest, none by a tag that moves', () => {
    for (const { inputs: object } of dev.of('apps/v1:Deployment')) {
      expect(JSON.stringify(object)).toMatch(/"image":"mgregcontoso\.azurecr\.io\/[\w-]+@sha256:[0-9a-f]{64}"/); // prettier-ignore
      expect(JSON.stringify(object)).not.toMatch(/:latest/);
    }
  });

  test('production has no single point: replicas, zones, budgets and a scaling edge', () => {
    expect(inputs('network:ApplicationGateway')(prod)).toMatchObject({
      zones: ['1', '2', '3'],
      autoscaleConfiguration: { minCapacity: 2 },
    });
    for (const { inputs: scaler } of prod.of('autoscaling/v2:HorizontalPodAutoscaler')) {
      expect((scaler as { spec: { minReplicas: number } }).spec.minReplicas).toBeGreaterThan(1);
    }
    expect(prod.of('policy/v1:PodDisruptionBudget').length).toBeGreaterThan(0);
  });

  test('pods are probed, limited and confined', () => {
    for (const { inputs: object } of dev.of('apps/v1:Deployment')) {
      expect(object).toMatchObject({
        spec: {
          template: {
            spec: {
              securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
              containers: [
                {
                  readinessProbe: expect.anything(),
                  livenessProbe: expect.anything(),
                  resources: { limits: { memory: expect.any(String) } },
                  securityContext: { readOnlyRootFilesystem: true },
                },
              ],
            },
          },
        },
      });
    }
  });

  test('what happens is logged, watched and told', () => {
    const told = dev.of('monitor:DiagnosticSetting').map(({ name }) => name);
    expect(told.sort()).toEqual(['cluster', 'database', 'edge', 'registry', 'vault']);
    expect(dev.of('monitor:MetricAlert').length + dev.of('monitor:ScheduledQueryRule').length).toBe(
      5,
    );
  });
});

/** The same, where more may be there. */
function partial(has: unknown): unknown {
  if (Array.isArray(has)) return has.map(partial);
  const isPlain =
    typeof has === 'object' && has !== null && Object.getPrototypeOf(has) === Object.prototype;
  if (!isPlain) return has;
  const parts = Object.entries(has).map(([key, item]) => [key, partial(item)] as const);
  return expect.objectContaining(Object.fromEntries(parts));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
