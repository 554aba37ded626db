import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { runningApi, type RunningApi } from './testing/running-api.ts';
import { send as sendTo, type Extras, type Sent } from './testing/send.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await runningApi();
});

afterEach(async () => api.stop());

const SPEC = { name: 'weather', imageName: 'team/weather', imageVersion: '1.0.0' };

const send = (method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Sent> =>
  sendTo(method, `${api.url}${path}`, { body, ...extras });

test('a bug shows nothing of itself but a request id that the log has as well', async () => {
  api.orchestrator.before = () => {
    throw new Error('password=hunter2 at /srv/secret');
  };
  const headers = { 'x-request-id': 'my-request.1' };
  const {
    status,
    body,
    text,
    headers: answered,
  } = await send('POST', '/adapters', SPEC, { headers });
  expect(status).toBe(500);
  expect(body).toMatchObject({ code: 'internal_error', requestId: 'my-request.1' });
  expect(answered.get('x-request-id')).toBe('my-request.1');
  expect(text).not.toContain('hunter2');
  expect(api.logged()).toContain('my-request.1');
  expect(api.logged()).toContain('at /srv/secret');
});

test('a path says which methods it has, and an unknown path that it is none', async () => {
  const wrong = await send('PATCH', '/adapters/weather');
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe('GET, PUT, DELETE, HEAD, OPTIONS');
  const options = await send('OPTIONS', '/adapters');
  expect(options.status).toBe(204);
  expect(options.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
  for (const path of [
    '/nothing',
    '/.well-known/oauth-protected-resource',
    '/adapters/a/b',
    '/Adapters',
  ]) {
    const missing = await send('GET', path);
    expect([path, missing.status, missing.body.code]).toEqual([path, 404, 'not_found']);
  }
});

test('HEAD answers as GET does, without a body', async () => {
  await send('POST', '/adapters', SPEC);
  const head = await send('HEAD', '/adapters/weather');
  const got = await send('GET', '/adapters/weather');
  expect(head).toMatchObject({ status: 200, text: '' });
  for (const name of ['etag', 'content-type', 'content-length']) {
    expect(head.headers.get(name)).toBe(got.headers.get(name));
  }
});

test('answers are not kept, not sniffed, and carry a request id', async () => {
  for (const path of ['/adapters', '/ping', '/nothing', '/']) {
    const { headers } = await send('GET', path);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[\w.:-]{1,128}$/);
  }
});

test('strangers’ web pages and names that were made to point here are refused', async () => {
  const foreign = await send('GET', '/adapters', undefined, {
    headers: { origin: 'https://evil.example' },
  });
  expect(foreign.status).toBe(403);
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  expect(await statusForHost('rebound.example')).toBe(403);
  expect(await statusForHost('localhost:1')).toBe(200);
  const own = await send('GET', '/adapters', undefined, {
    headers: { origin: 'http://localhost:6274' },
  });
  expect(own.status).toBe(200);
  expect(own.headers.get('access-control-allow-origin')).toBe('http://localhost:6274');
});

test('the gateway tells of itself without asking who wants to know', async () => {
  expect((await send('GET', '/ping')).text).toBe('pong');
  expect((await send('GET', '/health/live')).body).toEqual({ status: 'live' });
  expect((await send('GET', '/health/ready')).status).toBe(200);
  expect((await send('GET', '/portal/config')).body).toEqual({
    isDevelopment: true,
    publicOrigin: api.url,
    agentsEnabled: false,
    azureAd: null,
  });
  expect((await send('GET', '/')).text).toContain(`${api.url}/adapters`);
  api.stopping.abort();
  const stopping = await send('GET', '/health/ready');
  expect(stopping.status).toBe(503);
  expect(stopping.headers.get('connection')).toBe('close');
});

async function statusForHost(host: string): Promise<number | undefined> {
  const asked = httpRequest(`${api.url}/adapters`, { headers: { host } }).end();
  const [response] = (await once(asked, 'response')) as [
    { statusCode?: number; resume: () => void },
  ];
  response.resume();
  return response.statusCode;
}
