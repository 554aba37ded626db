import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@mcp-gateway/platform/undici/testing/loopback';
import { adapterOf, INITIALIZE, setup as setUp } from './testing/gateway.ts';
import type { GatewayOptions } from './testing/gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A gateway whose adapter lets everybody `get`, and those with role `ops` everything. */
async function setup(options: GatewayOptions = {}) {
  const made = await setUp(1, options);
  cleanups.push(made.close);
  made.adapters.set('weather', {
    ...adapterOf('weather'),
    allowedTools: { '*': ['get'], ops: ['*'] },
  });
  return { ...made, up: made.ups[0]! };
}

const call = (name: string) => JSON.stringify({ jsonrpc: '2.0', id: 'seven', method: 'tools/call', params: { name } }); // prettier-ignore
const LIST = '{"jsonrpc":"2.0","id":2,"method":"tools/list"}';
const TOOLS = '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"get"}, {"name":"set"}]}}';
const LEFT = '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"get"}]}}';
const OPS = { 'X-Test-Roles': 'ops' };

describe('an adapter with rules about tools', () => {
  test('does not show its server a forbidden call, which gets the answer of a tool that is unknown', async () => {
    const { up, call: ask } = await setup();
    const refused = await ask({ body: call('set') });
    expect(refused.status).toBe(200);
    expect(await refused.json()).toEqual({
      jsonrpc: '2.0',
      id: 'seven',
      error: { code: -32602, message: 'Unknown tool: set' },
    });
    expect(up.requests).toHaveLength(0);
    expect((await ask({ body: call('get') })).status).toBe(200);
    expect((await ask({ body: call('set'), headers: OPS })).status).toBe(200);
    expect(up.requests.map(({ body }) => body)).toEqual([call('get'), call('set')]);
  });

  test('answers headers that say something else than the body as the specification demands', async () => {
    const { up, call: ask } = await setup();
    const answer = await ask({
      body: call('get'),
      headers: { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'set', 'MCP-Protocol-Version': '2026-07-28' },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ id: 'seven', error: { code: -32020 } });
    expect(up.requests).toHaveLength(0);
  }); // prettier-ignore

  test('lists what may be called, as JSON and as an event stream', async () => {
    const { up, call: ask } = await setup();
    up.behave = (request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      expect(request.headers.range).toBeUndefined();
      response.writeHead(200, { 'Content-Type': 'application/json', ETag: '"1"', 'Content-Length': TOOLS.length }); // prettier-ignore
      response.end(TOOLS);
    };
    const json = await ask({ body: LIST, headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' } }); // prettier-ignore
    expect(json.headers.get('etag')).toBeNull();
    expect(await json.text()).toBe(LEFT);
    up.behave = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end(`: ping\n\nevent: message\nid: 1\ndata: ${TOOLS}\n\n`);
    };
    const sse = await ask({ body: LIST });
    expect(await sse.text()).toBe(`: ping\n\nevent: message\nid: 1\ndata: ${LEFT}\n\n`);
  });

  test('carries the bytes as they are for those who may use everything', async () => {
    const { up, call: ask } = await setup();
    const packed = gzipSync(TOOLS);
    up.behave = (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' }).end(packed); // prettier-ignore
    expect(await (await ask({ body: LIST, headers: OPS })).text()).toBe(TOOLS);
    const refused = await ask({ body: LIST });
    expect(refused.status).toBe(502);
    expect(await refused.json()).toMatchObject({ id: 2, error: { data: { code: 'upstream_failed' } } }); // prettier-ignore
  });

  test('filters also what is repeated on a stream that is resumed', async () => {
    const { up, call: ask } = await setup();
    up.behave = (request, response) => {
      expect(request.headers['last-event-id']).toBe('1');
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end(`id: 2\ndata: ${TOOLS}\n\ndata: {"method":"ping","id":1}\n\n`);
    };
    const stream = await ask({ method: 'GET', headers: { 'Last-Event-ID': '1' } });
    expect(await stream.text()).toBe(`id: 2\ndata: ${LEFT}\n\ndata: {"method":"ping","id":1}\n\n`);
  });

  test('passes events at once', async () => {
    const { up, url, net, port } = await setup();
    up.behave = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
    };
    const client = await net.client(port);
    client.send(`GET ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\nX-Dev-UserId: ann\r\n\r\n`);
    await until(() => client.received().includes('data: 1\n\n'));
  });

  test('takes a long body whole before its server sees any of it, and none that is too long', async () => {
    const { up, call: ask } = await setup({ MAX_INSPECTED_BYTES: 300_000 });
    const long = (name: string, size: number) => JSON.stringify({ id: 1, params: { arguments: { pad: 'x'.repeat(size) }, name }, method: 'tools/call' }); // prettier-ignore
    expect(await (await ask({ body: long('set', 200_000) })).json()).toMatchObject({ error: { code: -32602 } }); // prettier-ignore
    expect((await ask({ body: long('get', 400_000) })).status).toBe(413);
    expect(up.requests).toHaveLength(0);
    expect((await ask({ body: long('get', 200_000) })).status).toBe(200);
    expect(up.requests[0]!.body).toBe(long('get', 200_000));
  });

  test('cuts a list that is too long to look into', async () => {
    const { up, call: ask } = await setup({ MAX_INSPECTED_BYTES: 2000 });
    up.behave = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(TOOLS.padEnd(5000));
    };
    await expect(ask({ body: LIST }).then((answer) => answer.text())).rejects.toThrow();
  });

  test('says of a body that nobody can read why it is refused', async () => {
    const { up, call: ask } = await setup();
    const packed = await ask({ body: new Uint8Array(gzipSync(call('set'))), headers: { 'Content-Encoding': 'gzip' } }); // prettier-ignore
    expect(packed.status).toBe(415);
    expect((await ask({ body: '{"method":' })).status).toBe(400);
    expect(up.requests).toHaveLength(0);
  });

  test('has sessions like every other', async () => {
    const { open, call: ask, up } = await setup();
    const session = await open();
    expect((await ask({ body: call('get'), headers: { 'Mcp-Session-Id': session } })).status).toBe(200); // prettier-ignore
    const refused = await ask({ body: call('set'), headers: { 'Mcp-Session-Id': 'stolen' } });
    expect(refused.status).toBe(404);
    expect(up.requests.map(({ body }) => body)).toEqual([INITIALIZE, call('get')]);
  });
});
