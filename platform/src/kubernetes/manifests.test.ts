import { describe, expect, test } from '@jest/globals';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type {
  V1NetworkPolicy,
  V1PodDisruptionBudget,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import fc from 'fast-check';
import { manifests } from './manifests.ts';
import type { Manifest } from './objects.ts';
import { WORKLOAD_DEFAULTS, type WorkloadSettings } from './workload-settings.ts';

const settings: WorkloadSettings = {
  ...WORKLOAD_DEFAULTS,
  namespace: 'servers',
  registry: 'contoso.azurecr.io',
  callers: [{ podSelector: { matchLabels: { app: 'gateway' } } }],
};

const weather: Workload = {
  kind: 'adapter',
  name: 'weather',
  uid: 'uid-1',
  image: { name: 'team/weather', version: '1.2.3' },
  replicas: 3,
  environment: { CITY: 'Bern' },
  secretEnvironment: { API_KEY: 'weather/key' },
  port: 8000,
  path: '/mcp',
  useWorkloadIdentity: false,
};

function objects(workload: Workload) {
  const all = manifests(workload, settings);
  const one = (kind: string) => all.find((object) => object.kind === kind);
  return {
    all,
    set: one('StatefulSet') as Manifest<V1StatefulSet>, // by its kind
    service: one('Service') as Manifest<V1Service>,
    policy: one('NetworkPolicy') as Manifest<V1NetworkPolicy>,
    budget: one('PodDisruptionBudget') as Manifest<V1PodDisruptionBudget> | undefined,
  };
}

const pod = (workload: Workload) => objects(workload).set.spec!.template.spec!;
const container = (workload: Workload) => pod(workload).containers[0]!;

const name = fc.stringMatching(/^[A-Z_]{1,12}$/);
const workloads: fc.Arbitrary<Workload> = fc.record({
  kind: fc.constantFrom('adapter' as const, 'tool' as const),
  name: fc.stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/),
  uid: fc.uuid(),
  image: fc.record({ name: fc.constant('a/b'), version: fc.constant('1') }),
  replicas: fc.integer({ min: 0, max: 32 }),
  environment: fc.dictionary(name, fc.string()),
  secretEnvironment: fc.dictionary(name, fc.constant('s/k')),
  port: fc.integer({ min: 1, max: 65_535 }),
  path: fc.constant('/mcp'),
  useWorkloadIdentity: fc.boolean(),
});

const reordered = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(map).reverse());

describe('the objects of a workload', () => {
  test('equal workloads give equal objects, in whatever order their variables came', () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        const { environment, secretEnvironment } = workload;
        const again = {
          ...workload,
          environment: reordered(environment),
          secretEnvironment: reordered(secretEnvironment),
        };
        expect(JSON.stringify(manifests(again, settings))).toBe(
          JSON.stringify(manifests(workload, settings)),
        );
      }),
    );
  });

  test('names carry the kind and fit into a DNS label together with an ordinal', () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        for (const { metadata } of manifests(workload, settings)) {
          expect(metadata.name).toBe(`${workload.kind}-${workload.name}`);
          expect(`${metadata.name}-31-0123456789`.length).toBeLessThanOrEqual(63);
        }
      }),
    );
  });

  test('an adapter and a tool of one name select different pods', () => {
    const tool = objects({ ...weather, kind: 'tool' });
    expect(tool.set.spec?.selector).not.toEqual(objects(weather).set.spec?.selector);
    expect(tool.service.spec?.selector).toEqual({
      'adapter/type': 'tool',
      'adapter/name': 'weather',
    });
  });

  test('only identity is selected, so that everything else may change', () => {
    const changed = {
      ...weather,
      useWorkloadIdentity: true,
      port: 9000,
      uid: 'uid-2',
      replicas: 1,
    };
    expect(objects(changed).set.spec?.selector).toEqual(objects(weather).set.spec?.selector);
    expect(objects(changed).service.spec?.selector).toEqual(
      objects(weather).service.spec?.selector,
    );
  });

  test('every object names the resource that owns it', () => {
    for (const { metadata } of objects(weather).all) {
      expect(metadata).toMatchObject({
        namespace: 'servers',
        labels: { 'app.kubernetes.io/managed-by': 'mcp-gateway', 'adapter/name': 'weather' },
        annotations: { 'mcp-gateway/owner': 'adapter/weather', 'mcp-gateway/owner-uid': 'uid-1' },
      });
    }
  });

  test('more than one replica has a disruption budget, one has none', () => {
    expect(objects(weather).budget?.spec?.maxUnavailable).toBe(1);
    expect(objects({ ...weather, replicas: 1 }).budget).toBeUndefined();
  });
});

describe('a replica', () => {
  test('meets the restricted Pod Security standard and writes to its home and /tmp only', () => {
    expect(pod(weather).securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1100,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container(weather).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container(weather).volumeMounts).toEqual([
      { name: 'home', mountPath: '/home/mcp' },
      { name: 'tmp', mountPath: '/tmp' },
    ]);
  });

  test('has a token only with workload identity', () => {
    expect(pod(weather)).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: 'default',
    });
    const identified = objects({ ...weather, useWorkloadIdentity: true }).set.spec!.template;
    expect(identified.spec).toMatchObject({
      automountServiceAccountToken: true,
      serviceAccountName: 'workload-sa',
    });
    expect(identified.metadata?.labels).toMatchObject({ 'azure.workload.identity/use': 'true' });
  });

  test('runs a tag of the registry, or a digest', () => {
    expect(container(weather).image).toBe('contoso.azurecr.io/team/weather:1.2.3');
    const version = `sha256:${'0'.repeat(64)}`;
    const pinned = { ...weather, image: { name: 'team/weather', version } };
    expect(container(pinned).image).toBe(`contoso.azurecr.io/team/weather@${version}`);
  });

  test('gets plain values as they are, even with what Kubernetes would expand', () => {
    const { env } = container({ ...weather, environment: { PRICE: '$(HOME) is $5' } });
    expect(env).toContainEqual({ name: 'PRICE', value: '$$(HOME) is $$5' });
  });

  test('gets secrets by reference and its port from the platform', () => {
    const { env } = container({ ...weather, port: 9000, environment: { PORT: '1' } });
    const valueFrom = { secretKeyRef: { name: 'weather', key: 'key' } };
    expect(env).toContainEqual({ name: 'API_KEY', valueFrom });
    expect(env).toContainEqual({ name: 'PORT', value: '9000' });
  });

  test('has five minutes and more to start, and is probed every second until then', () => {
    const { startupProbe } = container(weather);
    expect(startupProbe?.periodSeconds).toBe(1);
    expect(startupProbe?.failureThreshold).toBeGreaterThanOrEqual(300);
  });

  test('of the bridge is ready when the server behind it answers, of others when the port is open', () => {
    const bridge = { ...weather, image: { name: 'team/mcp-proxy', version: '1' } };
    expect(container(bridge).readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 8000 });
    expect(container(weather).readinessProbe?.tcpSocket).toEqual({ port: 8000 });
  });

  test('may take longer to end than it drains', () => {
    const seconds = container(weather).lifecycle?.preStop?.sleep?.seconds ?? Infinity;
    expect(pod(weather).terminationGracePeriodSeconds).toBeGreaterThan(seconds);
  });
});

describe('the network policy', () => {
  const egress = (workload: Workload) => objects(workload).policy.spec!.egress!;

  test('lets the callers in, to the one port', () => {
    expect(objects(weather).policy.spec?.ingress).toEqual([
      { from: settings.callers, ports: [{ protocol: 'TCP', port: 8000 }] },
    ]);
  });

  test('lets a workload that lists nothing reach names and public addresses', () => {
    expect(egress(weather)[0]?.ports?.map(({ port }) => port)).toEqual([53, 53]);
    const blocks = egress(weather)
      .slice(1)
      .map(({ to }) => to?.[0]?.ipBlock);
    expect(blocks.map((block) => block?.cidr)).toEqual(['0.0.0.0/0']);
    expect(blocks[0]?.except).toEqual(
      expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '168.63.129.16/32']),
    );
  });

  test('mentions addresses of a family only where pods have that', () => {
    const dual = { ...settings, ipFamilies: ['IPv4', 'IPv6'] as const };
    expect(JSON.stringify(manifests(weather, dual))).toContain('::/0');
    expect(JSON.stringify(manifests(weather, settings))).not.toContain('::/0');
  });

  test('lets a workload that lists addresses reach these and no others', () => {
    const listing = { ...weather, egress: [{ cidr: '10.1.2.3/32', ports: [5432] }] };
    expect(egress(listing).slice(1)).toEqual([
      { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ protocol: 'TCP', port: 5432 }] },
    ]);
    expect(egress({ ...weather, egress: [] })).toHaveLength(1);
  });
});
