import { expect, test } from '@jest/globals';
import type { V1Deployment } from '@kubernetes/client-node';
import type { Manifest } from '../objects.ts';
import type { GatewayDeployment } from './gateway-deployment.ts';
import { firstPartyCallers, platformObjects } from './platform.ts';

const deployment: GatewayDeployment = {
  namespace: 'mcp-gateway',
  workloadNamespace: 'mcp-servers',
  image: 'contoso.azurecr.io/gateway:1',
  replicas: 2,
  settings: { PUBLIC_ORIGIN: 'https://mcp.example.com', LOG_LEVEL: 'debug' },
  secrets: { SESSION_KEYS: { name: 'session-keys', key: 'keys' } },
};

const pods = (change: Partial<GatewayDeployment> = {}) =>
  platformObjects({ ...deployment, ...change }).find(
    ({ kind }) => kind === 'Deployment',
  ) as Manifest<V1Deployment>; // by its kind

test('equal deployments give equal objects', () => {
  const settings = { LOG_LEVEL: 'debug', PUBLIC_ORIGIN: 'https://mcp.example.com' };
  expect(JSON.stringify(platformObjects({ ...deployment, settings }))).toBe(
    JSON.stringify(platformObjects(deployment)),
  );
});

test('settings reach the gateway, secrets by reference, and what the manifest decides is not overridden', () => {
  const { env } = pods({ settings: { PORT: '1', LOG_LEVEL: 'debug' } }).spec!.template.spec!
    .containers[0]!;
  expect(env).toContainEqual({ name: 'LOG_LEVEL', value: 'debug' });
  expect(env).toContainEqual({ name: 'PORT', value: '8000' });
  const secretKeyRef = { name: 'session-keys', key: 'keys' };
  expect(env).toContainEqual({ name: 'SESSION_KEYS', valueFrom: { secretKeyRef } });
});

test('certificates of a company reach Node, and no mount is made without them', () => {
  const trustedCertificates = { configMap: 'company', key: 'ca.pem' };
  const { spec } = pods({ trustedCertificates }).spec!.template;
  const [container] = spec!.containers;
  const mount = container?.volumeMounts?.find(({ name }) => name === 'certificates');
  expect(spec?.volumes).toContainEqual({ name: 'certificates', configMap: { name: 'company' } });
  const value = `${mount?.mountPath}/ca.pem`;
  expect(container?.env).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value });
  expect(JSON.stringify(pods())).not.toMatch(/certificates|CA_CERTS/);
});

test('the gateway may do nothing with Secrets, and nothing outside of the two namespaces', () => {
  const objects = platformObjects(deployment);
  expect(JSON.stringify(objects)).not.toContain('"secrets"');
  expect(objects.map(({ kind }) => kind)).not.toContain('ClusterRole');
});

test("the gateway's pods may call workloads, and no others", () => {
  const [caller] = firstPartyCallers('mcp-gateway');
  const { labels } = pods().spec!.template.metadata!;
  expect(labels).toMatchObject(caller?.podSelector?.matchLabels ?? { no: 'labels' });
  expect(caller?.podSelector?.matchLabels).toHaveProperty(['app.kubernetes.io/name'], 'gateway');
});

test('a rolling update never has fewer replicas than wanted, and each has time to drain', () => {
  const { spec } = pods();
  expect(spec?.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  const drain = spec?.template.spec?.containers[0]?.env?.find(
    ({ name }) => name === 'DRAIN_SECONDS',
  );
  expect(spec?.template.spec?.terminationGracePeriodSeconds).toBeGreaterThan(Number(drain?.value));
});
