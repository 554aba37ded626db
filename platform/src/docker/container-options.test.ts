import { expect, test } from '@jest/globals';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { containerOptions, imageReference, replicaHash } from './container-options.ts';

const workload: Workload = {
  kind: 'adapter',
  name: 'weather',
  uid: 'owner',
  image: { name: 'team/weather', version: '1.0' },
  replicas: 2,
  environment: { A: 'a=b', HOME: '/mine', HOST: '::' },
  secretEnvironment: { TOKEN: 'weather/token' },
  port: 9000,
  path: '/mcp',
  resources: { limits: { cpu: '250m', memory: '512Mi' } },
  useWorkloadIdentity: false,
};
const made = (change: Partial<Workload> = {}) =>
  containerOptions(
    { scope: 'scope' },
    { workload: { ...workload, ...change }, ordinal: 1, hash: 'hash', failures: 3 },
    { TOKEN: 'secret' },
  );

test('a container may do as little as a pod may', () => {
  expect(made()).toMatchObject({
    name: 'adapter-weather-1.scope',
    User: '1100:1100',
    HostConfig: {
      ReadonlyRootfs: true,
      Init: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 1024,
      RestartPolicy: { Name: 'no' },
    },
  });
});

test('its port is published on the loopback address alone', () => {
  expect(made().HostConfig?.PortBindings).toEqual({
    '9000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
  });
});

test('limits are those asked for, and memory has one always', () => {
  const half = 512 * 1024 * 1024;
  expect(made().HostConfig).toMatchObject({ Memory: half, MemorySwap: half, NanoCpus: 250_000_000 }); // prettier-ignore
  expect(made({ resources: undefined as never }).HostConfig?.Memory).toBe(2 * 1024 ** 3);
});

test('the platform sets the port; the rest may be overridden', () => {
  expect(made().Env).toEqual(['A=a=b', 'HOME=/mine', 'HOST=::', 'PORT=9000', 'TOKEN=secret']);
});

test('a container says whose it is as on Kubernetes, and shows no value of a variable', () => {
  expect(made().Labels).toMatchObject({
    'adapter/type': 'mcp',
    'adapter/name': 'weather',
    'mcp-gateway/owner-uid': 'owner',
    'mcp-gateway/ordinal': '1',
    'mcp-gateway/failures': '3',
  });
  expect(JSON.stringify(made().Labels)).not.toContain('secret');
});

test('the number of replicas and the order of variables are no reason to replace one, all else is', () => {
  const hash = replicaHash(workload);
  expect(replicaHash({ ...workload, replicas: 7 })).toBe(hash);
  expect(replicaHash({ ...workload, environment: { HOST: '::', HOME: '/mine', A: 'a=b' } })).toBe(hash); // prettier-ignore
  expect(replicaHash({ ...workload, environment: {} })).not.toBe(hash);
  expect(replicaHash({ ...workload, port: 1 })).not.toBe(hash);
  expect(replicaHash({ ...workload, resources: { limits: { cpu: '1' } } })).not.toBe(hash);
});

test.each([
  ['1.0', '', 'team/weather:1.0'],
  ['1.0', 'contoso.azurecr.io', 'contoso.azurecr.io/team/weather:1.0'],
  ['sha256:ab', '', 'team/weather@sha256:ab'],
])('version %s of registry %j is %s', (version, registry, reference) => {
  expect(imageReference({ name: 'team/weather', version }, registry)).toBe(reference);
});
