import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { runningApi, type RunningApi } from '../testing/running-api.ts';
import { send as sendTo, type Extras, type Sent } from '../testing/send.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
});

afterEach(async () => api.stop());

const SPEC = { name: 'weather', imageName: 'team/weather', imageVersion: '1.0.0' };

const send = (method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Sent> =>
  sendTo(method, `${api.url}${path}`, { body, ...extras });

test('a created adapter is answered with all its fields, its place and its version, and runs', async () => {
  const { status, headers, body } = await send('POST', '/adapters', {
    ...SPEC,
    environmentVariables: { CITY_Name: 'Łódź' },
    requiredRoles: [' Team.Blue ', 'Team.Blue'],
    somethingUnknown: true,
  });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe('/adapters/weather');
  expect(headers.get('etag')).toMatch(/^"[^"]+"$/);
  expect(body).toEqual({
    id: 'weather',
    ...SPEC,
    environmentVariables: { CITY_Name: 'Łódź' },
    secretEnvironmentVariables: {},
    replicaCount: 1,
    description: '',
    useWorkloadIdentity: false,
    requiredRoles: ['Team.Blue'],
    port: 8000,
    path: '/mcp',
    exposeTools: false,
    createdBy: 'ann',
    createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    lastUpdatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(api.orchestrator.calls).toEqual(['check weather', 'apply weather']);
});

test('every mistake in a body is named with its field, and nothing is made', async () => {
  const { status, headers, body } = await send('POST', '/adapters', {
    name: 'Weather',
    imageName: 'a/../b',
    imageVersion: 'latest\n',
    replicaCount: 33,
    environmentVariables: { '1X': 'a', PORT: '1' },
  });
  expect(status).toBe(400);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body).toMatchObject({ type: 'about:blank', status: 400, code: 'invalid_request' });
  expect(body.requestId).toBe(headers.get('x-request-id'));
  const paths = (body.errors as { path: string }[]).map(({ path }) => path).sort();
  expect(paths).toEqual([
    'environmentVariables.1X',
    'environmentVariables.PORT',
    'imageName',
    'imageVersion',
    'name',
    'replicaCount',
  ]);
  expect(api.orchestrator.calls).toEqual([]);
});

test.each([
  ['a comment', '{ "name": "weather" } // mine', 400],
  ['a block comment', '/* mine */ {}', 400],
  ['no object', '[]', 400],
  ['null', 'null', 400],
  ['half an object', '{"name":', 400],
  ['more than a megabyte', `{"description":"${'x'.repeat(1_100_000)}"}`, 413],
])('%s is refused', async (_, body, status) => {
  const answer = await send('POST', '/adapters', body);
  expect(answer.status).toBe(status);
  expect(answer.body.status).toBe(status);
});

test('a body that is not called JSON is refused as such, and so is none', async () => {
  const typed = { headers: { 'content-type': 'text/plain' } };
  expect((await send('POST', '/adapters', '{}', typed)).status).toBe(415);
  const encoded = { headers: { 'content-encoding': 'zstd' } };
  expect((await send('POST', '/adapters', '{}', encoded)).status).toBe(415);
  expect((await send('POST', '/adapters')).status).toBe(415);
});

test('members named __proto__ and members given twice do no harm', async () => {
  const body = `{"name":"other","__proto__":{"replicaCount":9},"imageName":"a","imageVersion":"1",
    "environmentVariables":{"__proto__":"x","constructor":"y"},"name":"weather"}`;
  const answer = await send('POST', '/adapters', body);
  expect(answer.body).toMatchObject({ name: 'weather', replicaCount: 1 });
  expect(answer.body.environmentVariables).toEqual({ constructor: 'y' });
  expect(({} as Record<string, unknown>).replicaCount).toBeUndefined();
});

test('a taken name is a conflict, not a second deployment, and stays with its owner', async () => {
  await send('POST', '/adapters', SPEC);
  const taken = await send('POST', '/adapters', { ...SPEC, imageVersion: '2.0.0' }, { as: 'bob' });
  expect(taken.status).toBe(409);
  expect(taken.body.code).toBe('conflict');
  expect((await send('GET', '/adapters/weather')).body).toMatchObject({ imageVersion: '1.0.0' });
  expect(api.orchestrator.calls.filter((call) => call === 'apply weather')).toHaveLength(1);
});

test('of creators at the same time exactly one wins', async () => {
  const users = ['a', 'b', 'c', 'd', 'e', 'f'];
  const answers = await Promise.all(
    users.map((user) => send('POST', '/adapters', SPEC, { as: user })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  const winner = answers.find(({ status }) => status === 201)?.body.createdBy;
  expect((await api.store.get('weather'))?.value.createdBy).toBe(winner);
});

test('replacing needs a current version where one is named, and keeps who made it', async () => {
  const created = await send('POST', '/adapters', {
    ...SPEC,
    environmentVariables: { OLD: '1', KEPT: '2' },
  });
  const etag = created.headers.get('etag') ?? '';
  const next = { ...SPEC, environmentVariables: { KEPT: '2' }, replicaCount: 2 };
  const put = await send('PUT', '/adapters/weather', next, {
    as: 'root',
    headers: { 'x-dev-roles': 'mcp.admin', 'if-match': etag },
  });
  expect(put.status).toBe(200);
  expect(put.body).toMatchObject({
    createdBy: 'ann',
    createdAt: created.body.createdAt,
    environmentVariables: { KEPT: '2' },
  });
  expect(api.orchestrator.running.get('adapter-weather')?.environment).toEqual({ KEPT: '2' });
  const stale = await send('PUT', '/adapters/weather', next, { headers: { 'if-match': etag } });
  expect(stale.status).toBe(412);
  const weak = `W/${put.headers.get('etag') ?? ''}`;
  expect((await send('PUT', '/adapters/weather', next, { headers: { 'if-match': weak } })).status).toBe(412); // prettier-ignore
  const several = `"nope", ${put.headers.get('etag') ?? ''}`;
  expect((await send('PUT', '/adapters/weather', next, { headers: { 'if-match': several } })).status).toBe(200); // prettier-ignore
  expect((await send('PUT', '/adapters/weather', next, { headers: { 'if-match': '"a",,"b",' } })).status).toBe(412); // prettier-ignore
  expect((await send('PUT', '/adapters/weather', next, { headers: { 'if-match': '*' } })).status).toBe(200); // prettier-ignore
  expect((await send('PUT', '/adapters/weather', next, { headers: { 'if-match': 'bare' } })).status).toBe(400); // prettier-ignore
});

test('replacing what is not there is 404, and under another name 400', async () => {
  expect((await send('PUT', '/adapters/weather', SPEC)).status).toBe(404);
  await send('POST', '/adapters', SPEC);
  const renamed = await send('PUT', '/adapters/weather', { ...SPEC, name: 'climate' });
  expect(renamed.status).toBe(400);
  expect(renamed.body.errors).toEqual([{ path: 'name', message: 'must be "weather"' }]);
});

test('deleting ends the workload and frees the name; again it is 404', async () => {
  const { headers } = await send('POST', '/adapters', SPEC);
  const stale = await send('DELETE', '/adapters/weather', undefined, {
    headers: { 'if-match': '"x"' },
  });
  expect(stale.status).toBe(412);
  const etag = headers.get('etag') ?? '';
  const gone = await send('DELETE', '/adapters/weather', undefined, {
    headers: { 'if-match': etag },
  });
  expect(gone).toMatchObject({ status: 204, text: '' });
  expect(api.orchestrator.running.size).toBe(0);
  expect((await send('DELETE', '/adapters/weather')).status).toBe(404);
  expect((await send('POST', '/adapters', SPEC, { as: 'bob' })).status).toBe(201);
});

test('the list has what the caller may read, in pages that link to the next', async () => {
  for (const name of ['e', 'd', 'c', 'b', 'a']) {
    await send('POST', '/adapters', { ...SPEC, name }, { as: name === 'c' ? 'bob' : 'ann' });
  }
  const all = await send('GET', '/adapters');
  expect((all.body as unknown as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b', 'd', 'e']); // prettier-ignore
  expect(all.headers.get('link')).toBeNull();

  const names: string[][] = [];
  for (let path: string | undefined = '/adapters?limit=2'; path !== undefined;) {
    const page: Sent = await send('GET', path);
    names.push((page.body as unknown as { name: string }[]).map(({ name }) => name));
    path = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
  }
  expect(names).toEqual([
    ['a', 'b'],
    ['d', 'e'],
  ]);
  for (const query of ['limit=0', 'limit=x', 'limit=1001', 'after=abc', 'limit=1&limit=2']) {
    expect((await send('GET', `/adapters?${query}`)).status).toBe(400);
  }
});

test('names that no adapter can have are not found, however odd', async () => {
  for (const name of [
    'gateway',
    'list',
    '%2e%2e%2f',
    'a%00b',
    '%zz',
    'A',
    'x'.repeat(500),
    '__proto__',
  ]) {
    const answer = await send('GET', `/adapters/${name}`);
    expect([name, answer.status]).toEqual([name, 404]);
  }
});

test('what the platform refuses is never stored; what it cannot do now is taken back', async () => {
  api.orchestrator.before = (operation) => {
    if (operation === 'check') throw new GatewayError('invalid_request', 'No such image.');
  };
  const refused = await send('POST', '/adapters', SPEC);
  expect(refused).toMatchObject({ status: 400, body: { detail: 'No such image.' } });
  expect(await api.store.get('weather')).toBeUndefined();

  api.orchestrator.before = (operation) => {
    if (operation === 'apply')
      throw new GatewayError('unavailable', 'Busy.', { retryAfterSeconds: 3 });
  };
  const busy = await send('POST', '/adapters', SPEC);
  expect(busy.status).toBe(503);
  expect(busy.headers.get('retry-after')).toBe('3');
  expect(await api.store.get('weather')).toBeUndefined();
  expect((await send('GET', '/adapters/weather')).status).toBe(404);
});

test('values of variables never reach the log', async () => {
  await send('POST', '/adapters', { ...SPEC, environmentVariables: { KEY: 'sesame-4711' } });
  await send('PUT', '/adapters/weather', '{"environmentVariables":{"KEY":"sesame-4711"}');
  await send('GET', '/adapters/weather');
  expect(api.logged()).not.toContain('sesame-4711');
});
