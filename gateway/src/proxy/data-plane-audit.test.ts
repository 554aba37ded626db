import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@mcp-gateway/platform/undici/testing/loopback';
import { adapterOf, INITIALIZE, setup as setUp } from './testing/gateway.ts';
import type { GatewayOptions } from './testing/gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const setup = async (options: GatewayOptions = {}) => {
  const made = await setUp(1, options);
  cleanups.push(made.close);
  return { ...made, up: made.ups[0]! };
};

const toolCall = (name: string, args: object = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }); // prettier-ignore

describe('the audit of MCP calls', () => {
  test('has who called which tool, by which right, and what came of it', async () => {
    const { call, events } = await setup();
    const body = JSON.stringify(toolCall('get', { password: 'hunter2' }));
    const answer = await call({ body, headers: { 'X-Request-Id': 'r-1' } });
    const text = await answer.text();
    await until(() => events.length === 1);
    expect(events[0]).toEqual({
      action: 'tools/call',
      requestId: 'r-1',
      principal: { id: 'ann', name: undefined, kind: 'user' },
      relations: ['creator'],
      roles: [],
      resource: { kind: 'adapter', name: 'weather' },
      tool: 'get',
      outcome: 'allowed',
      status: 200,
      code: undefined,
      durationMs: expect.any(Number),
      requestBytes: body.length,
      responseBytes: text.length,
      arguments: undefined,
    });
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  test('has the roles that gave the right', async () => {
    const { call, events } = await setup();
    await call({ body: JSON.stringify(toolCall('get')), headers: { 'X-Dev-UserId': 'bob', 'X-Test-Roles': 'Shared,other' } }); // prettier-ignore
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ relations: ['shared'], roles: ['Shared'] });
  });

  test('has each call of a batch, and nothing of what is no tool call', async () => {
    const { call, events } = await setup();
    await call({ body: INITIALIZE });
    await call({ body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' });
    await call({ body: JSON.stringify([toolCall('a'), { id: 1, method: 'ping' }, toolCall('b')]) });
    await until(() => events.length === 2);
    expect(events.map(({ tool }) => tool)).toEqual(['a', 'b']);
  });

  test('has the tool of a body that was streamed, wherever in it that stands', async () => {
    const { call, events, up } = await setup();
    const { jsonrpc, id, method } = toolCall('');
    const body = JSON.stringify({ jsonrpc, id, params: { arguments: { pad: 'x'.repeat(300_000) }, name: 'late' }, method }); // prettier-ignore
    expect((await call({ body })).status).toBe(200);
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ tool: 'late', requestBytes: body.length });
    expect(up.requests[0]!.body).toBe(body);
  });

  test('says of a body that cannot be understood that there was one', async () => {
    const { call, events } = await setup();
    await call({ body: '{"method":"tools/call"' });
    await call({ body: '{}', headers: { 'Content-Type': 'application/json; charset=utf-7' } });
    await until(() => events.length === 2);
    expect(events.map(({ action }) => action)).toEqual(['unread', 'unread']);
  });

  test('has refusals with their reason', async () => {
    const { call, events, adapters } = await setup();
    adapters.set('weather', { ...adapterOf('weather'), deniedTools: { '*': ['set'] } });
    await call({ body: JSON.stringify(toolCall('get')), headers: { 'X-Dev-UserId': 'eve' } });
    await call({ method: 'GET', headers: { 'X-Dev-UserId': 'eve' } });
    await call({ body: JSON.stringify(toolCall('set')) });
    await until(() => events.length === 3);
    expect(events).toMatchObject([
      { action: 'tools/call', tool: 'get', principal: { id: 'eve' }, outcome: 'denied', status: 403, code: 'forbidden' },
      { action: 'mcp', outcome: 'denied', status: 403 },
      { action: 'tools/call', tool: 'set', outcome: 'denied', status: 200, code: 'unknown_tool' },
    ]);
  }); // prettier-ignore

  test('has callers who are not known, and adapters that are not there', async () => {
    const { events, url } = await setup();
    const body = JSON.stringify(toolCall('get'));
    const headers = { 'Content-Type': 'application/json' };
    await fetch(url, { method: 'POST', body, headers });
    await fetch(url.replace('weather', 'nobody'), { method: 'POST', body, headers: { ...headers, 'X-Dev-UserId': 'ann' } }); // prettier-ignore
    await until(() => events.length === 2);
    expect(events).toMatchObject([
      { outcome: 'denied', status: 401, principal: undefined, tool: 'get' },
      { outcome: 'failed', status: 404, resource: { name: 'nobody' } },
    ]);
  });

  test('calls failed what broke and what its caller did not wait for', async () => {
    const { call, events, up } = await setup();
    up.behave = (_, response) => {
      response.writeHead(200, { 'Content-Length': '99' }).write('{');
      setTimeout(() => response.destroy(), 20);
    };
    await call({ body: JSON.stringify(toolCall('a')) }).then((answer) => answer.text()).catch(() => undefined); // prettier-ignore
    up.behave = () => undefined;
    await call({ body: JSON.stringify(toolCall('b')), signal: AbortSignal.timeout(100) }).catch(() => undefined); // prettier-ignore
    up.behave = (_, response) => response.writeHead(500).end();
    await call({ body: JSON.stringify(toolCall('c')) });
    await until(() => events.length === 3);
    expect(events).toMatchObject([
      { tool: 'a', outcome: 'failed', code: 'broken', responseBytes: 1 },
      { tool: 'b', outcome: 'failed', code: 'gone', status: 0 },
      { tool: 'c', outcome: 'failed', status: 500 },
    ]);
  });

  test('has arguments where that is asked for, without secrets', async () => {
    const { call, events } = await setup({ withArguments: true });
    await call({ body: JSON.stringify([toolCall('a', { city: 'Bern', apiKey: 'x', n: 1 }), toolCall('b', { text: 'y'.repeat(20_000) })]) }); // prettier-ignore
    await until(() => events.length === 2);
    expect(events.map((event) => event.arguments)).toEqual([
      { city: 'Bern', apiKey: '***', n: 1 },
      { text: '***' },
    ]);
  });
});

describe('limits of MCP calls', () => {
  test('answer with 429, when to come again, and the id of the request', async () => {
    const { call, limited, events, up } = await setup({ PRINCIPAL_CALLS_PER_MINUTE: 1 });
    const body = JSON.stringify(toolCall('get', {}, 'x'));
    expect((await call({ body: INITIALIZE })).status).toBe(200);
    expect((await call({ body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' })).status).toBe(200); // prettier-ignore
    expect((await call({ body })).status).toBe(200);
    const refused = await call({ body });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ id: 'x', error: { data: { code: 'rate_limited' } } }); // prettier-ignore
    expect(limited).toEqual(['PRINCIPAL_CALLS_PER_MINUTE']);
    expect(up.requests).toHaveLength(3);
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({ outcome: 'denied', status: 429, code: 'rate_limited' });
  });

  test('hold for what is open at once, and end with it', async () => {
    const { call, up } = await setup({ PRINCIPAL_MAX_CALLS: 1, ADAPTER_MAX_STREAMS: 1 });
    const held: (() => void)[] = [];
    up.behave = (_, response) => void held.push(() => response.end('{}'));
    const body = JSON.stringify(toolCall('get'));
    const first = call({ body });
    await until(() => held.length === 1);
    expect((await call({ body })).status).toBe(429);
    held[0]!();
    await (await first).text();
    up.behave = undefined;
    await until(() => up.requests.length === 1);
    expect((await call({ body })).status).toBe(200);
    const stream = await call({ method: 'GET' });
    expect((await call({ method: 'GET' })).status).toBe(429);
    await stream.body?.cancel();
  });

  test('hold for sessions in use', async () => {
    const { call, open, up } = await setup({ PRINCIPAL_MAX_SESSIONS: 1 });
    const session = await open();
    expect((await call({ body: INITIALIZE })).status).toBe(429);
    expect((await call({ body: INITIALIZE, headers: { 'X-Dev-UserId': 'bob', 'X-Test-Roles': 'shared' } })).status).toBe(200); // prettier-ignore
    expect((await call({ method: 'DELETE', headers: { 'Mcp-Session-Id': session } })).status).toBe(200); // prettier-ignore
    expect((await call({ body: INITIALIZE })).status).toBe(200);
    expect(up.sessions.size).toBe(2);
  });

  test('cut an answer that is too long', async () => {
    const { call, up, finished } = await setup({ MAX_ANSWER_BYTES: 1000 });
    up.behave = (_, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    };
    await expect(call().then((answer) => answer.text())).rejects.toThrow();
    await until(() => finished.length === 1);
    expect(finished[0]).toMatchObject({ outcome: 'cut', status: 200 });
    up.behave = (_, response) => response.end('x'.repeat(1200));
    expect((await call()).status).toBe(502);
  });
});
