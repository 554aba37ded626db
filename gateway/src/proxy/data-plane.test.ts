import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { until } from '@mcp-gateway/platform/undici/testing/loopback';
import { CALL, CLIENT, setup as gateway } from './testing/gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
const setup: typeof gateway = async (...options) => {
  const made = await gateway(...options);
  cleanups.push(made.close);
  return made;
};

test('a call reaches the server and its answer the client, byte by byte', async () => {
  const { ups, call, url } = await setup();
  const odd = '{"id": 12345678901234567890 ,"jsonrpc":"2.0","method":"x/unknown"}\n';
  const response = await call({ body: odd }, `${url}?a=b%20c`);
  expect(response.status).toBe(200);
  expect(ups[0]!.requests).toMatchObject([{ method: 'POST', url: '/mcp?a=b%20c', body: odd }]);
});

test('unknown Mcp headers, resumption and tracing pass in both directions', async () => {
  const { ups, call } = await setup();
  ups[0]!.behave = (_, response) => {
    response.setHeader('Mcp-New-Thing', 'down').setHeader('WWW-Authenticate', 'Custom');
    response.writeHead(401, { 'X-Accel-Buffering': 'no' }).end('{"error":"mine"}');
  };
  const passed = { 'mcp-param-region': 'up', 'last-event-id': '7', traceparent: '00-1-2-01', tracestate: 'x=y' }; // prettier-ignore
  const response = await call({ headers: passed });
  expect(ups[0]!.requests[0]!.headers).toMatchObject(passed);
  expect(response.status).toBe(401);
  expect(await response.text()).toBe('{"error":"mine"}');
  expect(response.headers.get('mcp-new-thing')).toBe('down');
  expect(response.headers.get('www-authenticate')).toBe('Custom');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
});

test('credentials, cookies, claims and hop-by-hop headers stay at the gateway', async () => {
  const { net, port, ups } = await setup();
  const client = await net.client(port);
  const forged = [
    'Authorization: Bearer t',
    'Cookie: a=b',
    'X-Special-Credential: s',
    'X-Dev-Roles: mcp.admin',
    'X-Mcp-UserId: root',
    'X_Mcp_UserId: root',
    'X-Mcp-UserName: root',
    'X-Mcp-Roles: mcp.admin',
    'X-Gateway-Secret: s',
    'Forwarded: for=6.6.6.6',
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Whatever: 6',
    'X-Real-IP: 6.6.6.6',
    'Proxy-Authorization: p',
    'TE: trailers',
    'Keep-Alive: timeout=5',
    'Connection: keep-alive, X-Hop',
    'X-Hop: h',
  ];
  client.send(`POST /adapters/weather/mcp HTTP/1.1\r\nHost: evil.example\r\nX-Dev-UserId: ann\r\nContent-Length: 0\r\n${forged.join('\r\n')}\r\n\r\n`); // prettier-ignore
  await until(() => client.received().includes('adapter-weather-0'));
  const { connection, host, 'x-request-id': requestId, ...rest } = ups[0]!.requests[0]!.headers;
  expect(connection).toBe('keep-alive');
  expect(host).toMatch(/^127\.0\.0\.1:/);
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(rest).toEqual({
    'content-length': '0',
    'x-mcp-userid': 'ann',
    'x-mcp-roles': 'mcp.dev,a%2C%20b',
    forwarded: 'for=127.0.0.1;host="mcp.example.com";proto=https',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'mcp.example.com',
    'x-forwarded-proto': 'https',
  });
});

test('a principal with an id that is no header text arrives so that it can be decoded', async () => {
  const { ups, call, adapters } = await setup();
  adapters.set('weather', { ...adapters.get('weather')!, createdBy: '안나 100%\n' });
  await call({ headers: { 'X-Dev-UserId': encodeURIComponent('안나 100%\n') } });
  const seen = String(ups[0]!.requests[0]!.headers['x-mcp-userid']);
  expect(decodeURIComponent(seen)).toBe('안나 100%\n');
});

test('a page that the gateway allows is no matter of the server any more', async () => {
  const { ups, call } = await setup();
  expect((await call({ headers: { Origin: 'https://mcp.example.com' } })).status).toBe(200);
  expect(ups[0]!.requests[0]!.headers.origin).toBeUndefined();
});

test('cookies of servers and hop-by-hop headers never reach a client, a request id always does', async () => {
  const { ups, call } = await setup();
  ups[0]!.behave = (_, response) => {
    response.writeHead(200, {
      'Set-Cookie': 'a=b',
      'X-Hop': '1',
      Connection: 'keep-alive, X-Hop',
      'X-Request-Id': 'of the server',
      'X-Gateway-Error': 'forbidden',
    });
    response.end('x');
  };
  const response = await call({ headers: { 'X-Request-Id': 'mine-1' } });
  expect(response.headers.get('set-cookie')).toBeNull();
  expect(response.headers.get('x-hop')).toBeNull();
  expect(response.headers.get('x-gateway-error')).toBeNull();
  expect(response.headers.get('x-request-id')).toBe('mine-1');
  expect(ups[0]!.requests[0]!.headers['x-request-id']).toBe('mine-1');
  const other = await call({ headers: { 'X-Request-Id': 'not harmless!' } });
  expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('redirects of a server are a 502 and are not followed', async () => {
  const { ups, call } = await setup();
  ups[0]!.behave = (_, response) => response.writeHead(302, { Location: '/x' }).end();
  const response = await call();
  expect(response.status).toBe(502);
  expect(ups[0]!.requests).toHaveLength(1);
});

test('own errors are JSON-RPC with the id of the request, outside all reserved codes', async () => {
  const { call, fronts } = await setup();
  const response = await call({}, `${fronts[0]!.origin}/adapters/nobody/mcp`);
  expect(response.status).toBe(404);
  expect(response.headers.get('x-gateway-error')).toBe('not_found');
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual({
    jsonrpc: '2.0',
    id: 'seven',
    error: {
      code: 404,
      message: 'There is no such adapter.',
      data: { code: 'not_found', requestId: response.headers.get('x-request-id') },
    },
  });
});

test('without credentials 401 says where to sign in, and only a bad token is called invalid', async () => {
  const { url } = await setup();
  const metadata =
    'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/adapters/weather/mcp"';
  const none = await fetch(url, { method: 'POST', body: CALL });
  expect(none.status).toBe(401);
  expect(none.headers.get('www-authenticate')).toBe(metadata);
  const bad = await fetch(url, { method: 'GET', headers: { authorization: 'Bearer x' } });
  expect(bad.headers.get('www-authenticate')).toBe(`${metadata}, error="invalid_token"`);
});

test('a stranger is refused with 403, and so is a foreign origin', async () => {
  const { call, ups } = await setup();
  const stranger = await call({ headers: { 'X-Dev-UserId': 'eve' } });
  expect(stranger.status).toBe(403);
  expect(stranger.headers.get('www-authenticate')).toContain('insufficient_scope');
  const page = await call({ headers: { Origin: 'http://evil.example' } });
  expect(page.status).toBe(403);
  expect(page.headers.get('www-authenticate')).toBeNull();
  expect(ups[0]!.requests).toHaveLength(0);
});

test('the endpoint of the gateway itself has no tools yet', async () => {
  const { call, fronts } = await setup();
  expect((await call({}, `${fronts[0]!.origin}/mcp`)).status).toBe(404);
});

test('OPTIONS is refused without any CORS header, odd methods pass', async () => {
  const { call, ups } = await setup();
  const options = await call({ method: 'OPTIONS' });
  expect(options.status).toBe(405);
  expect(options.headers.get('allow')).toBe('POST, GET, DELETE');
  expect(options.headers.get('access-control-allow-origin')).toBeNull();
  await call({ method: 'PURGE' });
  expect(ups[0]!.requests.map(({ method }) => method)).toEqual(['PURGE']);
});

test('a declared body over the limit is refused at once and unread', async () => {
  const { net, port, ups } = await setup(1, { MAX_BODY_BYTES: 2000 });
  const client = await net.client(port);
  client.send('POST /adapters/weather/mcp HTTP/1.1\r\nHost: x\r\nX-Dev-UserId: ann\r\nContent-Length: 2001\r\n\r\n'); // prettier-ignore
  await until(() => client.received().includes('payload_too_large'));
  expect(client.received()).toMatch(/^HTTP\/1\.1 413 /);
  await client.closed;
  expect(ups[0]!.requests).toHaveLength(0);
});

test.each([1500, 70_000, 1_500_000])('a chunked body is counted and refused over a limit below %d', async (size) => {
  const { net, port, finished } = await setup(1, { MAX_BODY_BYTES: size - 100 });
  const client = await net.client(port);
  client.send('POST /adapters/weather/mcp HTTP/1.1\r\nHost: x\r\nX-Dev-UserId: ann\r\nTransfer-Encoding: chunked\r\n\r\n'); // prettier-ignore
  client.send(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`);
  await until(() => client.received().includes('payload_too_large'));
  expect(client.received()).toMatch(/^HTTP\/1\.1 413 /);
  await until(() => finished.length === 1);
  expect(finished[0]).toMatchObject({ status: 413, outcome: 'too_large' });
}); // prettier-ignore

test('a body larger than is kept in memory streams through whole', async () => {
  const { call, ups, net, port } = await setup();
  const large = 'x'.repeat(500_000);
  await call({ body: large });
  const client = await net.client(port);
  client.send('POST /adapters/weather/mcp HTTP/1.1\r\nHost: x\r\nX-Dev-UserId: ann\r\nTransfer-Encoding: chunked\r\n\r\n'); // prettier-ignore
  for (let part = 0; part < 5; part++) client.send(`186a0\r\n${'x'.repeat(100_000)}\r\n`);
  client.send('0\r\n\r\n');
  await until(() => ups[0]!.requests.length === 2);
  expect(ups[0]!.requests.map(({ body }) => body === large)).toEqual([true, true]);
});

test('broken JSON is the business of the server', async () => {
  const { call, ups } = await setup();
  ups[0]!.behave = (_, response, body) => response.writeHead(400).end(`bad: ${body}`);
  const response = await call({ body: '{"id":' });
  expect(response.status).toBe(400);
  expect(await response.text()).toBe('bad: {"id":');
});

test('too many open requests are a 503 that says when to come back', async () => {
  const { call, ups } = await setup(1, { MAX_REQUESTS: 1 });
  const stream = await call({ method: 'GET' });
  const refused = await call();
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  await stream.body!.cancel();
  await until(() => ups[0]!.streams.size === 0);
});

test('each finished request is one log line and one measurement, without session id or body', async () => {
  const { open, call, finished, logged } = await setup();
  const session = await open();
  const response = await call({ headers: { 'Mcp-Session-Id': session, 'X-Request-Id': 'r-2' } });
  await response.text();
  await until(() => finished.length === 2);
  expect(finished[1]).toMatchObject({ adapter: 'weather', method: 'POST', status: 200, outcome: 'answered' }); // prettier-ignore
  expect(finished[1]!.durationSeconds).toBeGreaterThan(0);
  expect(logged[1]).toMatchObject({
    message: 'request finished',
    fields: { requestId: 'r-2', adapter: 'weather', replica: 'adapter-weather-0', principal: 'ann', status: 200 }, // prettier-ignore
  });
  expect(JSON.stringify(logged)).not.toContain(session.slice(0, 20));
  expect(JSON.stringify(logged)).not.toContain('tools/call');
});

test('a bug is a 500 with a request id; its story is in the log only', async () => {
  const { call, adapters, logged } = await setup();
  adapters.get = (): never => {
    throw new Error('secret detail');
  };
  const response = await call();
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret detail');
  expect(logged[0]).toMatchObject({ fields: { err: { message: 'secret detail' } } });
});

test('whatever is sent, the answer is below 500 and the gateway lives', async () => {
  const { net, port, call } = await setup();
  const targets = fc.oneof(
    fc.constantFrom('//', '/adapters/%2e%2e/mcp', '/adapters/../mcp', '/adapters/%/mcp', '/adapters/"x"/mcp', 'http://evil.example/adapters/weather/mcp', '/mcp?session_id=%', '/adapters/weather/mcp?session_id=%zz&%', '*', '/adapters//mcp'), // prettier-ignore
    fc.webPath().map((path) => `/adapters/${path}/mcp`),
    fc.stringMatching(/^[!-~]{0,60}$/).map((text) => `/adapters/${text}/mcp?${text}`),
  );
  const header = fc.tuple(
    fc.constantFrom('Mcp-Session-Id', 'MCP-Protocol-Version', 'Content-Type', 'Mcp-Method', 'X-Dev-UserId'), // prettier-ignore
    fc.oneof(fc.stringMatching(/^[ -~]{0,80}$/), fc.constant('x'.repeat(20_000))),
  );
  await fc.assert(
    fc.asyncProperty(
      targets,
      fc.array(header, { maxLength: 4 }),
      fc.string(),
      async (target, headers, body) => {
        // prettier-ignore
        const client = await net.client(port);
        const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
        const bytes = Buffer.from(body);
        client.send(`POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}Content-Length: ${bytes.length}\r\n\r\n`); // prettier-ignore
        client.socket.write(bytes);
        await client.closed;
        expect(client.received()).toMatch(/^HTTP\/1\.1 [234]/);
      },
    ),
    { numRuns: 150 },
  );
  expect((await call()).status).toBe(200);
});

test('a half-closed connection costs nobody anything', async () => {
  const { net, port, call, plane } = await setup();
  for (const text of [
    '',
    'POST /adapters/weather/mcp HTTP/1.1\r\n',
    'POST /adapters/weather/mcp HTTP/1.1\r\nHost: x\r\nX-Dev-UserId: ann\r\nContent-Length: 50\r\n\r\n{',
  ]) {
    // prettier-ignore
    const client = await net.client(port);
    client.send(text);
    client.socket.end();
    await client.closed;
    expect(client.received()).not.toMatch(/^HTTP\/1\.1 5/);
  }
  await until(() => plane.openRequests() === 0);
  expect((await call({ headers: CLIENT })).status).toBe(200);
});
