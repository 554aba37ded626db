import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runningApi, type RunningApi } from '../testing/running-api.ts';
import { send, type Extras, type Sent } from '../testing/send.ts';

const SECRET = 'sesame-4711';
const SPEC = {
  name: 'weather',
  imageName: 'team/hidden-image',
  imageVersion: '1.0.0',
  requiredRoles: ['Team.Blue'],
  environmentVariables: { KEY: SECRET },
};

/** Callers by how they stand to the adapter that `ann` has made. */
const CALLERS = {
  creator: { as: 'ann' },
  sharer: { as: 'bob', headers: { 'x-dev-roles': 'team.blue' } },
  stranger: { as: 'eve' },
  admin: { as: 'root', headers: { 'x-dev-roles': 'mcp.admin' } },
  unclear: { as: 'ann', headers: { 'x-dev-roles': 'x'.repeat(300) } },
} as const satisfies Record<string, Extras>;
type Caller = keyof typeof CALLERS;

const OPERATIONS = {
  get: (extras: Extras) => call('GET', '/adapters/weather', extras),
  status: (extras: Extras) => call('GET', '/adapters/weather/status', extras),
  logs: (extras: Extras) => call('GET', '/adapters/weather/logs', extras),
  replace: (extras: Extras) => call('PUT', '/adapters/weather', { ...extras, body: SPEC }),
  remove: (extras: Extras) => call('DELETE', '/adapters/weather', extras),
  create: (extras: Extras) =>
    call('POST', '/adapters', { ...extras, body: { ...SPEC, name: 'other' } }),
  identity: (extras: Extras) =>
    call('PUT', '/adapters/weather', { ...extras, body: { ...SPEC, useWorkloadIdentity: true } }),
} as const;
type Operation = keyof typeof OPERATIONS;

/** The status of each operation for each caller. */
const EXPECTED: Readonly<Record<Operation, Readonly<Record<Caller, number>>>> = {
  get: { creator: 200, sharer: 200, stranger: 403, admin: 200, unclear: 401 },
  status: { creator: 200, sharer: 200, stranger: 403, admin: 200, unclear: 401 },
  logs: { creator: 200, sharer: 200, stranger: 403, admin: 200, unclear: 401 },
  replace: { creator: 200, sharer: 403, stranger: 403, admin: 200, unclear: 401 },
  remove: { creator: 204, sharer: 403, stranger: 403, admin: 204, unclear: 401 },
  create: { creator: 201, sharer: 201, stranger: 201, admin: 201, unclear: 401 },
  identity: { creator: 403, sharer: 403, stranger: 403, admin: 200, unclear: 401 },
};

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
  await call('POST', '/adapters', { as: 'ann', body: SPEC });
});

afterEach(async () => api.stop());

const EVERY = (Object.keys(EXPECTED) as Operation[]).flatMap((operation) =>
  (Object.keys(CALLERS) as Caller[]).map((caller) => [operation, caller] as const),
);

test.each(EVERY)(
  '%s by the %s is answered as the table says, and gives away nothing',
  async (operation, caller) => {
    const before = await api.store.get('weather');
    const answer = await OPERATIONS[operation](CALLERS[caller]);
    expect(answer.status).toBe(EXPECTED[operation][caller]);
    if (answer.status < 400) return;
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.text).not.toMatch(/hidden-image|sesame|Team\.Blue|ann/);
    expect(answer.headers.get('etag')).toBeNull();
    expect(await api.store.get('weather')).toEqual(before);
  },
);

test.each(Object.keys(CALLERS) as Caller[])(
  'the list shows the %s what it may read, and no more',
  async (caller) => {
    const answer = await call('GET', '/adapters', CALLERS[caller]);
    const sees = { creator: true, sharer: true, admin: true, stranger: false, unclear: false };
    expect(answer.text.includes('weather')).toBe(sees[caller]);
  },
);

test('values of variables are shown to writers only; their names to every reader', async () => {
  for (const path of ['/adapters/weather', '/adapters']) {
    for (const [caller, extras] of Object.entries(CALLERS)) {
      const { text } = await call('GET', path, extras);
      expect([caller, text.includes(SECRET)]).toEqual([
        caller,
        caller === 'creator' || caller === 'admin',
      ]);
    }
    expect((await call('GET', path, CALLERS.sharer)).text).toContain('"KEY":"***"');
  }
});

test('a secret is for those whom it is shared with, at each write, whoever made the adapter', async () => {
  await api.stop();
  api = await runningApi({ secretRoles: [{ secret: 'github', role: 'Team.Blue' }] });
  const secretEnvironmentVariables = { TOKEN: 'github/token', OTHER: 'payments/key' };
  const [both, own] = [
    { ...SPEC, secretEnvironmentVariables },
    { ...SPEC, secretEnvironmentVariables: { TOKEN: 'github/token' } },
  ];
  const ann = { as: 'ann', headers: { 'x-dev-roles': 'team.blue' } };
  const refused = await call('POST', '/adapters', { ...ann, body: both });
  expect(refused.status).toBe(403);
  expect(refused.text).toContain('secretEnvironmentVariables.OTHER');
  expect(refused.text).not.toContain('secretEnvironmentVariables.TOKEN');
  expect((await call('POST', '/adapters', { ...ann, body: own })).status).toBe(201);
  expect((await call('PUT', '/adapters/weather', { as: 'ann', body: own })).status).toBe(403);
  expect((await call('PUT', '/adapters/weather', { ...CALLERS.admin, body: both })).status).toBe(
    200,
  );
  expect((await call('PUT', '/adapters/weather', { ...ann, body: both })).status).toBe(403);
  expect((await call('PUT', '/adapters/weather', { ...ann, body: own })).status).toBe(200);
});

test('who may not even read cannot tell a stale version from a current one', async () => {
  const headers = { 'if-match': '"stale"' };
  const put = await call('PUT', '/adapters/weather', { as: 'eve', headers, body: SPEC });
  expect(put.status).toBe(403);
  expect((await call('DELETE', '/adapters/weather', { as: 'eve', headers })).status).toBe(403);
});

function call(method: string, path: string, extras: Extras): Promise<Sent> {
  return send(method, `${api.url}${path}`, extras);
}
