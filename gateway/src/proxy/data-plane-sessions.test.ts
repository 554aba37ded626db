import { afterEach, expect, test } from '@jest/globals';
import { until } from '@mcp-gateway/platform/undici/testing/loopback';
import { adapterOf, CALL, INITIALIZE, setup as gateway } from './testing/gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
const setup: typeof gateway = async (...options) => {
  const made = await gateway(...options);
  cleanups.push(made.close);
  return made;
};

const MODERN = { 'MCP-Protocol-Version': '2026-07-28' };

function isSessionNotFound(body: unknown): boolean {
  return JSON.stringify(body).includes('"code":"session_not_found"');
}

test('a session lives at one replica, which sees its own id and never the one of the client', async () => {
  const { ups, open, call } = await setup(3);
  const session = await open();
  const holder = ups.find(({ sessions }) => sessions.size === 1)!;
  const [own] = [...holder.sessions] as [string];
  expect(session).not.toContain(own);
  for (let repeat = 0; repeat < 6; repeat++) {
    const response = await call({ headers: { 'Mcp-Session-Id': session } });
    expect(await response.json()).toMatchObject({
      replica: holder.endpoint.instance,
      session: own,
    });
  }
});

test('GET and DELETE belong to the session as well', async () => {
  const { ups, open, call } = await setup(2);
  const session = await open();
  const headers = { 'Mcp-Session-Id': session };
  const stream = await call({ method: 'GET', headers });
  const reader = stream.body!.getReader();
  const { value } = (await reader.read()) as { value: Uint8Array };
  expect(new TextDecoder().decode(value)).toBe('data: hello\n\n');
  await reader.cancel();
  await until(() => ups.every(({ streams }) => streams.size === 0));
  expect((await call({ method: 'DELETE', headers })).status).toBe(200);
  const after = await call({ headers });
  expect(after.status).toBe(404);
  expect(await after.text()).toBe('{"from":"upstream"}');
});

test('the session id may come in the query, which the server does not see', async () => {
  const { ups, open, call, url } = await setup(2);
  const session = await open();
  const response = await call({}, `${url}?a=1&session_id=${session}&b=2`);
  expect(response.status).toBe(200);
  const { requests } = ups.find(({ sessions }) => sessions.size === 1)!;
  expect(requests[1]!.url).toBe('/mcp?a=1&b=2');
  expect(requests[1]!.headers['mcp-session-id']).toBeDefined();
});

test('ids of any visible ASCII work, ids that no server may give are left out', async () => {
  const { ups, call } = await setup();
  const given = ['a_b-c.d~e=f', `ey.${'J'.repeat(900)}.x`, '!"#$%&\'()*+,/:;<>?@[\\]^`{|}'];
  for (const id of given) {
    ups[0]!.behave = (_, response) => response.setHeader('Mcp-Session-Id', id).end();
    const session = (await call({ body: INITIALIZE })).headers.get('mcp-session-id')!;
    ups[0]!.behave = (request, response) => response.end(request.headers['mcp-session-id']);
    const response = await call({ headers: { 'Mcp-Session-Id': session } });
    expect(await response.text()).toBe(id);
  }
  ups[0]!.behave = (_, response) => response.setHeader('Mcp-Session-Id', 'x'.repeat(2000)).end();
  expect((await call({ body: INITIALIZE })).headers.has('mcp-session-id')).toBe(false);
});

test('any replica of the gateway serves any session, without having seen it begin', async () => {
  const { fronts, open, call } = await setup(3, {}, 2);
  const urls = fronts.map(({ origin }) => `${origin}/adapters/weather/mcp`);
  for (let session = 0; session < 20; session++) {
    const id = await open(urls[session % 2]);
    for (const url of urls) {
      expect((await call({ headers: { 'Mcp-Session-Id': id } }, url)).status).toBe(200);
    }
  }
});

test('unknown, malformed and stolen ids are 404 and never reach a server', async () => {
  const { open, call, ups, adapters, fronts, endpoints } = await setup();
  const session = await open();
  adapters.set('other', adapterOf('other'));
  endpoints.set('other', [ups[0]!.endpoint]);
  const attempts = [
    call({ headers: { 'Mcp-Session-Id': 'no-such-session' } }),
    call({ headers: { 'Mcp-Session-Id': `${session}x` } }),
    call({ headers: { 'Mcp-Session-Id': 'x'.repeat(5000) } }),
    call({ headers: { 'Mcp-Session-Id': session } }, `${fronts[0]!.origin}/adapters/other/mcp`),
    call({ method: 'GET', headers: { 'Mcp-Session-Id': 'x' } }),
    call({ method: 'DELETE', headers: { 'Mcp-Session-Id': 'x' } }),
    call({ body: INITIALIZE, headers: { 'Mcp-Session-Id': 'old' } }),
  ];
  for (const response of await Promise.all(attempts)) {
    expect(response.status).toBe(404);
    expect(isSessionNotFound(await response.json())).toBe(true);
  }
  adapters.set('weather', { ...adapters.get('weather')!, requiredRoles: ['mcp.dev'] });
  const stolen = await call({ headers: { 'Mcp-Session-Id': session, 'X-Dev-UserId': 'bob' } });
  expect(stolen.status).toBe(404);
  adapters.set('weather', { ...adapters.get('weather')!, uid: 'made-again' });
  expect((await call({ headers: { 'Mcp-Session-Id': session } })).status).toBe(404);
  expect(ups[0]!.requests).toHaveLength(1);
});

test('when the replica of a session is gone it is 404, also while its restarted self is there', async () => {
  const { open, call, ups, endpoints } = await setup();
  const session = await open();
  endpoints.set('weather', [{ ...ups[0]!.endpoint, uid: 'restarted' }]);
  const response = await call({ headers: { 'Mcp-Session-Id': session } });
  expect(response.status).toBe(404);
  expect(isSessionNotFound(await response.json())).toBe(true);
});

test('a replica of a session that refuses is 502, and 404 once it is known to be gone', async () => {
  const { open, call, ups, endpoints } = await setup(2);
  const session = await open();
  const holder = ups.find(({ sessions }) => sessions.size === 1)!;
  holder.stop();
  expect((await call({ headers: { 'Mcp-Session-Id': session } })).status).toBe(502);
  endpoints.set('weather', ups.filter((one) => one !== holder).map(({ endpoint }) => endpoint)); // prettier-ignore
  expect((await call({ headers: { 'Mcp-Session-Id': session } })).status).toBe(404);
});

test('a draining replica that refuses has left, so its sessions are 404 before its end is known', async () => {
  const { open, call, ups, endpoints } = await setup();
  const session = await open();
  endpoints.set('weather', [{ ...ups[0]!.endpoint, draining: true }]);
  ups[0]!.stop();
  expect((await call({ headers: { 'Mcp-Session-Id': session } })).status).toBe(404);
});

test('a draining replica keeps its sessions and gets no new ones', async () => {
  const { open, call, ups, endpoints } = await setup(2);
  const session = await open();
  const [holder, other] = ups[0]!.sessions.size === 1 ? ups : [ups[1], ups[0]];
  endpoints.set('weather', [{ ...holder!.endpoint, draining: true }, other!.endpoint]);
  for (let repeat = 0; repeat < 5; repeat++) await open();
  expect(holder!.sessions.size).toBe(1);
  expect(other!.sessions.size).toBe(5);
  expect((await call({ headers: { 'Mcp-Session-Id': session } })).status).toBe(200);
});

test('new sessions spread evenly, and ended ones make room', async () => {
  const { open, call, ups } = await setup(3);
  const sessions: string[] = [];
  for (let session = 0; session < 30; session++) sessions.push(await open());
  expect(ups.map((up) => up.sessions.size)).toEqual([10, 10, 10]);
  const freed = ups[1]!;
  for (const session of sessions) {
    const headers = { 'Mcp-Session-Id': session };
    const { replica } = (await (await call({ headers })).json()) as { replica: string };
    if (replica === freed.endpoint.instance) await call({ method: 'DELETE', headers });
  }
  for (let session = 0; session < 9; session++) await open();
  expect(ups.map((up) => up.sessions.size)).toEqual([10, 9, 10]);
});

test('running calls count as load', async () => {
  const { call, ups } = await setup(2);
  const held: (() => void)[] = [];
  for (const up of ups) up.behave = (_, response) => void held.push(() => response.end());
  const calls = [];
  for (let count = 1; count <= 10; count++) {
    calls.push(call());
    await until(() => held.length === count);
  }
  expect(ups.map(({ requests }) => requests.length)).toEqual([5, 5]);
  for (const release of held) release();
  await Promise.all(calls);
});

test('a new session finds another replica when one refuses the connection, before anything was sent', async () => {
  const { call, ups, open } = await setup(3);
  ups[0]!.stop();
  ups[2]!.stop();
  for (let repeat = 0; repeat < 6; repeat++) expect((await call()).status).toBe(200);
  expect(await open()).not.toBe('');
  expect((await call({ body: 'x'.repeat(200_000) })).status).toBe(200);
  ups[1]!.stop();
  const response = await call();
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ id: 'seven', error: { code: 502 } });
});

test('a call whose connection breaks is never repeated', async () => {
  const { call, ups } = await setup(3);
  for (const up of ups) up.behave = (request) => request.socket.destroy();
  expect((await call()).status).toBe(502);
  expect(ups.flatMap(({ requests }) => requests)).toHaveLength(1);
});

test('in the era without sessions ids are neither believed nor made', async () => {
  const { call, ups, url } = await setup();
  ups[0]!.behave = (request, response) => {
    response.setHeader('Mcp-Session-Id', 'made-up').end(String(request.headers['mcp-session-id']));
  };
  const headers = { ...MODERN, 'Mcp-Session-Id': 'whatever' };
  const response = await call({ headers }, `${url}?session_id=whatever`);
  expect(await response.text()).toBe('undefined');
  expect(response.headers.has('mcp-session-id')).toBe(false);
  expect(ups[0]!.requests[0]!.url).toBe('/mcp');
});

test('in the era without sessions calls spread, and the tasks of a caller stay together at every gateway', async () => {
  const { call, ups, fronts } = await setup(4, {}, 2);
  const urls = fronts.map(({ origin }) => `${origin}/adapters/weather/mcp`);
  for (let count = 0; count < 12; count++) await call({ headers: MODERN }, urls[count % 2]);
  expect(ups.every(({ requests }) => requests.length > 0)).toBe(true);
  for (const up of ups) up.requests.length = 0;
  const declares = '{"params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}'; // prettier-ignore
  for (let count = 0; count < 6; count++) {
    await call({ headers: MODERN, body: declares }, urls[count % 2]);
    await call({ headers: { ...MODERN, 'Mcp-Method': 'tasks/get' } }, urls[count % 2]);
    await call({ headers: MODERN, body: 'x'.repeat(100_000) }, urls[count % 2]);
  }
  expect(ups.filter(({ requests }) => requests.length > 0)).toHaveLength(1);
});

test('while no replica is ready a call waits, and goes on as soon as one is', async () => {
  const { call, ups, endpoints } = await setup(1, { READY_WAIT_SECONDS: 30 });
  endpoints.set('weather', []);
  const waiting = call();
  endpoints.set('weather', []);
  setTimeout(() => endpoints.set('weather', [ups[0]!.endpoint]), 50);
  expect((await waiting).status).toBe(200);
});

test('a wait ends with a 503 that says where to look, or with the client', async () => {
  const { call, endpoints, plane, finished } = await setup(1, { READY_WAIT_SECONDS: 1 });
  endpoints.set('weather', []);
  const response = await call();
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await response.text()).toContain('/adapters/weather/status');
  const leaving = new AbortController();
  const left = call({ signal: leaving.signal }).catch(() => 'left');
  await until(() => plane.openRequests() === 1);
  leaving.abort();
  expect(await left).toBe('left');
  await until(() => plane.openRequests() === 0);
  expect(finished.at(-1)).toMatchObject({ outcome: 'gone', status: 0 });
});

test('an adapter that shall have no replicas says so at once', async () => {
  const { call, endpoints } = await setup(1, { READY_WAIT_SECONDS: 600, replicaCount: 0 });
  endpoints.set('weather', []);
  const response = await call();
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('replicaCount');
});

test('a server that does not answer in time is a 504', async () => {
  const { call, ups } = await setup(1, { answerTimeoutSeconds: 0.3 });
  ups[0]!.behave = () => undefined;
  const response = await call();
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ id: 'seven' });
});

test('draining ends event streams that answer a GET, lets calls end, and takes no new work', async () => {
  const { call, ups, plane, open, streams } = await setup();
  const stream = await call({ method: 'GET', headers: { 'Mcp-Session-Id': await open() } });
  expect(streams.open).toBe(1);
  let release: () => void = () => undefined;
  ups[0]!.behave = (_, response) => void (release = () => response.end('late'));
  const running = call();
  await until(() => ups[0]!.requests.length === 3);
  const drained = plane.drain(AbortSignal.timeout(20_000));
  expect(await stream.text()).toBe('data: hello\n\n');
  expect(streams.open).toBe(0);
  const refused = await call();
  expect(refused.status).toBe(503);
  expect(refused.headers.get('connection')).toBe('close');
  expect(refused.headers.has('retry-after')).toBe(true);
  release();
  const response = await running;
  expect(await response.text()).toBe('late');
  expect(response.headers.get('connection')).toBe('close');
  await drained;
  expect(plane.openRequests()).toBe(0);
});

test('draining ends a subscription with its result', async () => {
  const { call, ups, plane } = await setup();
  ups[0]!.behave = (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: {}\n\n');
  };
  const body = '{"jsonrpc":"2.0","id":"ear","method":"subscriptions/listen","params":{}}';
  const headers = { ...MODERN, 'Mcp-Method': 'subscriptions/listen' };
  const stream = await call({ headers, body });
  await plane.drain(AbortSignal.timeout(20_000));
  const [, last] = (await stream.text()).trim().split('\n\n');
  expect(JSON.parse(/^data: (.*)$/m.exec(last ?? '')?.[1] ?? 'null')).toEqual({
    jsonrpc: '2.0',
    id: 'ear',
    result: { resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 'ear' } },
  });
  expect(plane.openRequests()).toBe(0);
});

test('what is left at the deadline of draining is cut on both sides', async () => {
  const { call, ups, plane } = await setup();
  ups[0]!.behave = (_, response) => {
    ups[0]!.streams.add(response.on('close', () => ups[0]!.streams.delete(response)));
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: x\n\n');
  };
  const response = await call({ body: CALL });
  await plane.drain(AbortSignal.timeout(100));
  await expect(response.text()).rejects.toThrow('terminated');
  await until(() => ups[0]!.streams.size === 0);
});
