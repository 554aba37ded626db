import { expect, test } from '@jest/globals';
import type { V1Deployment, V1NetworkPolicy, V1Service } from '@kubernetes/client-node';
import type { Manifest } from '../objects.ts';
import type { GatewayDeployment } from './gateway-deployment.ts';
import { platformObjects } from './platform.ts';
import { toolRouterObjects, type ToolRouterDeployment } from './tool-router.ts';

const secretKeyRef = { name: 'first-party', key: 'secrets' };
const router: ToolRouterDeployment = {
  namespace: 'mcp-gateway',
  image: 'contoso.azurecr.io/tool-router:1',
  replicas: 2,
  settings: { LOG_LEVEL: 'debug', GATEWAY_URL: 'http://elsewhere' },
  secrets: { GATEWAY_SECRETS: secretKeyRef },
};
const gateway: GatewayDeployment = {
  namespace: 'mcp-gateway',
  workloadNamespace: 'mcp-servers',
  image: 'contoso.azurecr.io/gateway:1',
  replicas: 2,
  settings: {},
  secrets: { GATEWAY_SECRETS: secretKeyRef },
  toolRouter: true,
};

/** The object of a kind and name; its type is that of the kind. */
function find<T>(objects: readonly Manifest[], kind: string, name: string): Manifest<T> {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as Manifest<T>; // by its kind
}

/** The labels that pods must have to reach a port. */
function callersOf(objects: readonly Manifest[], name: string, port: number): object {
  const { spec } = find<V1NetworkPolicy>(objects, 'NetworkPolicy', name);
  const rules = spec?.ingress?.filter(({ ports }) => ports?.some((each) => each.port === port));
  expect(rules).toHaveLength(1);
  return rules?.[0]?.from?.[0]?.podSelector?.matchLabels ?? { no: 'labels' };
}

function podLabels(objects: readonly Manifest[], name: string): object | undefined {
  return find<V1Deployment>(objects, 'Deployment', name).spec?.template.metadata?.labels;
}

test('the router is reached by the gateway alone, and the internal port by the router alone', () => {
  const [gateways, routers] = [platformObjects(gateway), toolRouterObjects(router)];
  expect(podLabels(gateways, 'gateway')).toMatchObject(callersOf(routers, 'tool-router', 8000));
  expect(podLabels(routers, 'tool-router')).toMatchObject(callersOf(gateways, 'gateway', 8002));
});

test('the router connects to names, the internal port and its store, and never to metadata', () => {
  const egressOf = (change: Partial<ToolRouterDeployment>) =>
    find<V1NetworkPolicy>(toolRouterObjects({ ...router, ...change }), 'NetworkPolicy', 'tool-router').spec?.egress; // prettier-ignore
  const [, gateways, https, ...others] = egressOf({}) ?? [];
  expect(podLabels(platformObjects(gateway), 'gateway')).toMatchObject(
    gateways?.to?.[0]?.podSelector?.matchLabels ?? { no: 'labels' },
  );
  expect(gateways?.ports).toEqual([{ protocol: 'TCP', port: 8002 }]);
  expect(https?.ports).toEqual([{ protocol: 'TCP', port: 443 }]);
  expect(https?.to?.[0]?.ipBlock?.except).toContain('169.254.0.0/16');
  expect(others).toEqual([]);
  const store = [{ cidr: '10.1.3.0/24', ports: [8081] }];
  const ports = [{ protocol: 'TCP', port: 8081 }];
  expect(egressOf({ egress: store })?.slice(2)).toEqual([
    { to: [{ ipBlock: { cidr: '10.1.3.0/24' } }], ports },
  ]);
});

test('the router calls back to the Service of the internal port, whatever its settings say', () => {
  const internal = find<V1Service>(platformObjects(gateway), 'Service', 'gateway-internal');
  const { spec } = find<V1Deployment>(toolRouterObjects(router), 'Deployment', 'tool-router');
  const { env } = spec!.template.spec!.containers[0]!;
  const value = `http://${internal.metadata.name}:${internal.spec?.ports?.[0]?.port}`;
  expect(env).toContainEqual({ name: 'GATEWAY_URL', value });
  expect(env).toContainEqual({ name: 'GATEWAY_SECRETS', valueFrom: { secretKeyRef } });
});

test('the router has no token of the cluster, and the gateway may watch for it in its namespace alone', () => {
  const { spec } = find<V1Deployment>(toolRouterObjects(router), 'Deployment', 'tool-router');
  expect(spec?.template.spec?.automountServiceAccountToken).toBe(false);
  const role = find<{ rules: unknown }>(platformObjects(gateway), 'Role', 'gateway-router');
  expect(role.metadata.namespace).toBe('mcp-gateway');
  expect(role.rules).toEqual([
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ]);
});

test('without a router no internal port is open', () => {
  const text = JSON.stringify(platformObjects({ ...gateway, toolRouter: false }));
  expect(text).not.toMatch(/8002|internal|gateway-router|TOOL_ROUTER_SERVICE/);
});
