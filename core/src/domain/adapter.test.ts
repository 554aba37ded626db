import { expect, test } from '@jest/globals';
import { Adapter, AdapterRequest, adapterView } from './adapter.ts';
import { RESERVED_NAMES } from './naming.ts';
import { adapterWorkload } from './workload.ts';

const SPEC = { name: 'weather', imageName: 'team/weather', imageVersion: '1.0.0' };
const valid = (changes: object): boolean =>
  AdapterRequest.safeParse({ ...SPEC, ...changes }).success;

test.each(['a', 'a1', 'a-b', 'toolgateway-x', 'x'.repeat(40)])('%s is a name', (name) => {
  expect(valid({ name })).toBe(true);
});

test.each([
  ...[
    '',
    '1a',
    '-a',
    'a-',
    'A',
    'a_b',
    'a.b',
    'a/b',
    'a\n',
    'ä',
    'x'.repeat(41),
    7,
    null,
    undefined,
  ],
  ...RESERVED_NAMES,
])('%j is no name', (name) => {
  expect(valid({ name })).toBe(false);
});

test.each(['..', 'a/../b', 'a//b', '/a', 'a/', 'A', 'reg:5000/a', 'a\n'])(
  '%j is no image',
  (imageName) => {
    expect(valid({ imageName })).toBe(false);
  },
);

test.each(['1', 'v1.0_x-y', `sha256:${'a'.repeat(64)}`])('%s is a version', (imageVersion) => {
  expect(valid({ imageVersion })).toBe(true);
});

test.each(['', '.1', 'a b', 'sha256:abc', 'x'.repeat(129), '1\n'])(
  '%j is no version',
  (imageVersion) => {
    expect(valid({ imageVersion })).toBe(false);
  },
);

test.each([
  { replicaCount: -1 },
  { replicaCount: 33 },
  { replicaCount: '1' },
  { port: 0 },
  { path: '/a/../b' },
  { path: '/a\n' },
  { environmentVariables: { PORT: '1' } },
  { environmentVariables: { KUBERNETES_SERVICE_HOST: 'x' } },
  { environmentVariables: { A: 'a\0b' } },
  { environmentVariables: { A: 'x'.repeat(70_000) } },
  { environmentVariables: { A: '1' }, secretEnvironmentVariables: { A: 'store/key' } },
  { secretEnvironmentVariables: { A: '../etc/passwd' } },
  { secretEnvironmentVariables: { A: 'default-token-7xk2b/token' } },
  { secretEnvironmentVariables: { A: 'sh.helm.release.v1.gateway.v3/release' } },
  { requiredRoles: ['a,b'] },
  { requiredRoles: [' '] },
])('%j is refused', (changes) => {
  expect(valid(changes)).toBe(false);
});

test('names of variables keep their case, roles are trimmed and unique', () => {
  const spec = AdapterRequest.parse({
    ...SPEC,
    environmentVariables: { camelCase: 'a', UPPER: 'b' },
    requiredRoles: [' A ', 'A', 'b'],
  });
  expect(spec.environmentVariables).toEqual({ camelCase: 'a', UPPER: 'b' });
  expect(spec.requiredRoles).toEqual(['A', 'b']);
});

test('what callers see has every field of the request, and nothing that is internal', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const full = {
    ...AdapterRequest.parse({
      ...SPEC,
      environmentVariables: { A: 'secret' },
      resources: { limits: { cpu: '1' } },
      idleTimeoutSeconds: 60,
    }),
    uid: 'internal-uid',
    createdBy: 'ann',
    createdAt: at,
    lastUpdatedAt: at,
    deletedAt: at,
  };
  const adapter = Adapter.parse(full);
  const view = adapterView(adapter, true);
  const { uid, deletedAt, ...shown } = adapter;
  expect(view).toEqual({ id: 'weather', ...shown });
  expect(JSON.stringify(view)).not.toContain(uid);
  expect(deletedAt).toBe(at);
  expect(adapterView(adapter, false).environmentVariables).toEqual({ A: '***' });
});

test('equal adapters give equal workloads, and an idle time is told to the server', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const adapter = Adapter.parse({
    ...AdapterRequest.parse({ ...SPEC, idleTimeoutSeconds: 60 }),
    uid: 'u',
    createdBy: 'ann',
    createdAt: at,
    lastUpdatedAt: at,
  });
  expect(adapterWorkload(adapter)).toEqual(adapterWorkload({ ...adapter, lastUpdatedAt: 'later' }));
  expect(adapterWorkload(adapter).environment).toEqual({ MCP_IDLE_TIMEOUT_SECONDS: '60' });
});
