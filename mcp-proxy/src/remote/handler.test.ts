import type { IncomingMessage, RequestListener } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { undiciRelay } from '@mcp-gateway/platform/undici/relay';
import { loopback, until } from '@mcp-gateway/platform/undici/testing/loopback';
import { remoteHandler } from './handler.ts';
import type { RemoteHandlerOptions } from './handler.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const CALL = '{"jsonrpc":"2.0","id":"a","method":"tools/list"}';

async function setup(remote: RequestListener, options: Partial<RemoteHandlerOptions> = {}) {
  const net = loopback();
  const relay = undiciRelay({ answerTimeoutSeconds: 0.5, heartbeatSeconds: 60 });
  cleanups.push(relay.close, net.close);
  const seen: IncomingMessage[] = [];
  const back = await net.serve((request, response) => {
    seen.push(request);
    remote(request, response);
  });
  const ignore = (): void => undefined;
  const front = await net.serve(
    remoteHandler({
      url: new URL(`${back.origin}/their/mcp`),
      headers: {},
      forwardAuthorization: true,
      maxBodyBytes: 100_000,
      relay,
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      ...options,
    }),
  );
  const call = (init: RequestInit = {}, path = '/mcp'): Promise<Response> =>
    fetch(front.origin + path, { method: 'POST', body: CALL, redirect: 'manual', ...init });
  return { net, back, front, seen, call };
}

test('session, version, resumption, status and challenge stay those of the server', async () => {
  const { seen, call } = await setup((_, response) => {
    response.writeHead(404, { 'Mcp-Session-Id': 'theirs', 'WWW-Authenticate': 'Bearer x' });
    response.end('gone');
  });
  const headers = {
    'Mcp-Session-Id': 's.1~',
    'Mcp-Protocol-Version': '2026-07-28',
    'Mcp-Method': 'tools/list',
    'Mcp-Name': 'n',
    'Last-Event-Id': '4',
    authorization: 'Bearer mine',
  };
  const response = await call({ headers }, '/mcp?a=b');
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('gone');
  expect(response.headers.get('mcp-session-id')).toBe('theirs');
  expect(response.headers.get('www-authenticate')).toBe('Bearer x');
  expect(seen[0]!.url).toBe('/their/mcp?a=b');
  expect(seen[0]!.headers).toMatchObject(
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
});

test('cookies, the host and hop-by-hop headers stay here', async () => {
  const { seen, front, back, net } = await setup((_, response) => {
    response.writeHead(200, { 'Set-Cookie': 'a=b', 'X-Hop': '1', Connection: 'X-Hop' }).end('x');
  });
  const client = await net.client(front.port);
  client.send('GET /mcp HTTP/1.1\r\nHost: me\r\nCookie: a=b\r\nX-Gateway-Secret: s\r\nConnection: X-Own\r\nX-Own: 1\r\n\r\n'); // prettier-ignore
  await until(() => client.received().endsWith('0\r\n\r\n'));
  expect(client.received()).not.toMatch(/set-cookie|x-hop/i);
  expect(seen[0]!.headers).toEqual({ host: `127.0.0.1:${back.port}`, connection: 'keep-alive' });
});

test('configured headers win, and the query of the URL goes with every request', async () => {
  const made = await setup((request, response) => response.end(request.headers.authorization));
  const { call, seen } = await setup((_, response) => response.end(), {
    url: new URL(`${made.back.origin}/x?key=k`),
    headers: { Authorization: 'Bearer configured', 'X-Region': 'eu' },
  });
  const response = await call({ headers: { authorization: 'mine', 'x-region': 'us' } }, '/mcp?q=1');
  expect(await response.text()).toBe('Bearer configured');
  expect(seen).toHaveLength(0);
  expect(made.seen[0]!.url).toBe('/x?key=k&q=1');
  expect(made.seen[0]!.rawHeaders.filter((text) => text.toLowerCase() === 'x-region')).toHaveLength(
    1,
  );
});

test('a switch keeps the token of the client here', async () => {
  const { call, seen } = await setup((_, response) => response.end(), {
    forwardAuthorization: false,
  });
  await call({ headers: { authorization: 'Bearer mine' } });
  expect(seen[0]!.headers.authorization).toBeUndefined();
});

test('redirects are refused, since they could lead anywhere', async () => {
  const { call, seen } = await setup((_, response) => response.writeHead(302, { location: '/other' }).end()); // prettier-ignore
  const response = await call();
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ id: 'a', error: { code: 502 } });
  expect(seen).toHaveLength(1);
});

test('a server that is away is 502, a silent one 504, both with the id of the request', async () => {
  const { call, back } = await setup(() => undefined);
  const silent = await call();
  expect(silent.status).toBe(504);
  expect(await silent.json()).toMatchObject({ jsonrpc: '2.0', id: 'a' });
  back.server.closeAllConnections();
  back.server.close();
  const away = await call();
  expect(away.status).toBe(502);
  expect(await away.json()).toMatchObject({
    id: 'a',
    error: { data: { code: 'upstream_failed' } },
  });
});

test.each([200_000, 100_001])('a body of %d bytes over the limit is 413', async (size) => {
  const { call, seen } = await setup((_, response) => response.end());
  expect((await call({ body: 'x'.repeat(size) })).status).toBe(413);
  expect(seen).toHaveLength(0);
});

test('a body that is streamed arrives whole', async () => {
  const { call } = await setup((request, response) => void request.pipe(response));
  const body = 'x'.repeat(90_000);
  expect(await (await call({ body })).text()).toBe(body);
});

test('events are flushed as they come, and a client that leaves ends the stream at the server', async () => {
  let closed = false;
  const { call } = await setup((_, response) => {
    response.on('close', () => (closed = true));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
  const response = await call();
  const reader = response.body!.getReader();
  const { value } = (await reader.read()) as { value: Uint8Array };
  expect(Buffer.from(value).toString()).toBe('data: 1\n\n');
  await reader.cancel();
  await until(() => closed);
});
