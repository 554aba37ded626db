import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from '../testing/bridge.ts';
import {
  type CallOptions,
  INITIALIZE,
  listen,
  openSession,
  post,
  type Reply,
  textOf,
  until,
} from '../testing/client.ts';

afterEach(stopBridges);

const VERSION = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientCapabilities': {},
};

interface ModernOptions extends CallOptions {
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly args?: object;
}

function message(method: string, params: object, { id = 1, token, meta = {} }: ModernOptions = {}) {
  const _meta = { ...META, ...(token !== undefined && { progressToken: token }), ...meta };
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta } };
}
function headersOf(method: string, name?: string): Record<string, string> {
  return {
    'mcp-protocol-version': VERSION,
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  };
}
function call(url: string, name: string, options: ModernOptions = {}): Promise<Reply> {
  const body = message('tools/call', { name, arguments: options.args ?? {} }, options);
  return post(url, body, {
    ...options,
    headers: { ...headersOf('tools/call', name), ...options.headers },
  });
}
function ask(url: string, method: string, headers: Record<string, string> = {}): Promise<Reply> {
  return post(url, message(method, {}), { headers: { ...headersOf(method), ...headers } });
}

describe('a modern server', () => {
  test('answers without sessions; a session id is ignored and none is given', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const reply = await call(url, 'raw', { headers: { 'mcp-session-id': 'old' } });
    expect(reply).toMatchObject({ status: 200, type: 'application/json' });
    expect(reply.headers.get('mcp-session-id')).toBeNull();
    expect(reply.answer.result).toMatchObject({ resultType: 'complete' });
  });

  test('serves clients with the same ids at the same time, each its own answer and progress', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const replies = await Promise.all(
      ['a', 'b', 'c'].map((label) =>
        call(url, 'progress', { id: 'one', token: 'same', args: { steps: 3, ms: 5, label } }),
      ),
    );
    replies.forEach(({ messages, answer }, index) => {
      expect(answer.id).toBe('one');
      expect(messages).toHaveLength(4);
      for (const { params } of messages.slice(0, 3)) {
        expect(params).toMatchObject({ progressToken: 'same', message: ['a', 'b', 'c'][index] });
      }
    });
  });

  test('sees the request as the client wrote it, but for the id and the progress token', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const meta = JSON.stringify({ ...META, progressToken: 9007199254740993n.toString() });
    const text = `{"params":{"name":"raw","_meta":${meta}, "n":1.0},"method":"tools/call", "id":"x","jsonrpc":"2.0"}`;
    const reply = await post(url, text, { headers: headersOf('tools/call', 'raw') });
    expect(reply.answer.id).toBe('x');
    const seen = textOf(reply) ?? '';
    const number = /"id":(\d+)/.exec(seen)?.[1] ?? '';
    expect(seen).toBe(text.replace('"x"', number).replace('"9007199254740993"', number));
  });

  test('gives a long answer its id back', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const reply = await call(url, 'big', { id: 'long', args: { bytes: 100_000 } });
    expect(reply.answer.id).toBe('long');
    expect(textOf(reply)).toHaveLength(100_000);
  });

  test('is told of a client that leaves, in the words of its own era', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const gone = new AbortController();
    const hung = call(url, 'hang', { signal: gone.signal }).catch(() => 'left');
    await call(url, 'slow', { args: { ms: 50 } });
    gone.abort();
    await hung;
    await until(async () => /^\[\d+\]$/.test(textOf(await call(url, 'cancelled')) ?? ''));
  });

  test('has one child for each caller and one for all who are nobody', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const pid = async (user?: string) =>
      textOf(
        await call(url, 'pid', user === undefined ? {} : { headers: { 'x-mcp-userid': user } }),
      );
    const [ann, ben, nobody] = await Promise.all([pid('ann'), pid('ben'), pid()]);
    expect(new Set([ann, ben, nobody]).size).toBe(3);
    expect(await pid('ann')).toBe(ann);
    expect(await pid()).toBe(nobody);
  });

  test('gives logs to the one call that asked for them, and to nobody when it is not clear whose they are', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const meta = { 'io.modelcontextprotocol/logLevel': 'info' };
    const [asked, silent] = await Promise.all([
      call(url, 'log', { id: 1, meta, args: { text: 'for one', ms: 100 } }),
      call(url, 'slow', { id: 2, args: { ms: 100 } }),
    ]);
    expect(asked.messages[0]?.params?.data).toBe('for one');
    expect(silent.messages).toHaveLength(1);
    const slow = call(url, 'slow', { id: 1, meta, args: { ms: 500 } });
    const both = await call(url, 'log', { id: 2, meta, args: { text: 'for whom', ms: 50 } });
    expect(both.messages).toHaveLength(1);
    expect((await slow).messages).toHaveLength(1);
  });

  test('keeps subscriptions open and their ids right, for several listeners at once', async () => {
    const { url } = await startBridge({ flags: '--era dual', tuning: { heartbeatMs: 60 } });
    const open = (id: string | number) =>
      listen(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf('subscriptions/listen') },
        body: JSON.stringify(message('subscriptions/listen', {}, { id })),
      });
    const [one, two] = await Promise.all([open('one'), open(2)]);
    await until(() => one.messages.length === 1 && two.messages.length === 1);
    await call(url, 'changed');
    await until(() => one.messages.length === 2 && two.messages.length === 2);
    const ids = [one, two].map(({ messages }) =>
      messages.map(
        ({ params }) =>
          (params?._meta as Record<string, unknown>)['io.modelcontextprotocol/subscriptionId'],
      ),
    );
    expect(ids).toEqual([
      ['one', 'one'],
      [2, 2],
    ]);
    await until(() => one.text().includes(': \n\n'));
    one.close();
    await call(url, 'changed');
    await until(() => two.messages.length === 3);
    expect(two.ended()).toBe(false);
  });

  test('that dies fails what is in flight at once, and the next request has a fresh child', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const [hung, crashed] = await Promise.all([
      call(url, 'hang', { id: 1 }),
      call(url, 'crash', { id: 2, args: { code: 4 } }),
    ]);
    expect(hung.answer.error).toMatchObject({
      code: -32603,
      message: 'The server exited with code 4',
    });
    expect(crashed.answer.id).toBe(2);
    expect(textOf(await call(url, 'cancelled'))).toBe('[]');
  });

  test('at the cap ends a child without work rather than refuse a caller', async () => {
    const { url } = await startBridge({
      flags: '--era dual',
      settings: { MCP_MAX_SESSIONS: '2', MCP_POOL: '0' },
    });
    for (const user of ['a', 'b', 'c', 'd']) {
      expect((await call(url, 'pid', { headers: { 'x-mcp-userid': user } })).status).toBe(200);
    }
    const busy = ['c', 'd'].map((user) =>
      call(url, 'slow', { headers: { 'x-mcp-userid': user }, args: { ms: 1000 } }),
    );
    await until(
      async () => (await call(url, 'pid', { headers: { 'x-mcp-userid': 'e' } })).status === 503,
    );
    expect((await Promise.all(busy)).map(textOf)).toEqual(['slow', 'slow']);
  });

  test('ends a child that nobody uses after the idle time', async () => {
    const started = await startBridge({
      flags: '--era dual',
      settings: { MCP_IDLE_TIMEOUT_SECONDS: '1', MCP_POOL: '0' },
      tuning: { heartbeatMs: 150 },
    });
    await call(started.url, 'pid');
    await until(() => started.bridge.children() === 0);
    expect((await call(started.url, 'pid')).status).toBe(200);
  });

  test('has the statuses that the revision demands', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    expect(await ask(url, 'no/such')).toMatchObject({
      status: 404,
      answer: { id: 1, error: { code: -32601 } },
    });
    const headers = { 'mcp-protocol-version': VERSION };
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(url, { method, headers });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    const note = { jsonrpc: '2.0', method: 'notifications/x', params: {} };
    expect((await post(url, note, { headers })).status).toBe(202);
  });

  test.each([
    ['no version header', { 'mcp-protocol-version': '' }, {}, -32020],
    ['another version header', { 'mcp-protocol-version': '2025-11-25' }, {}, -32020],
    ['no method header', { 'mcp-method': '' }, {}, -32020],
    ['another method', { 'mcp-method': 'tools/list' }, {}, -32020],
    ['no name', { 'mcp-name': '' }, {}, -32020],
    ['another name', { 'mcp-name': 'raw2' }, {}, -32020],
    ['another name in base64', { 'mcp-name': '=?base64?eA==?=' }, {}, -32020],
    ['malformed base64', { 'mcp-name': '=?base64?!?=' }, {}, -32020],
    ['no capabilities', {}, { 'io.modelcontextprotocol/clientCapabilities': undefined }, -32602],
    [
      'no version in the body',
      {},
      { 'io.modelcontextprotocol/protocolVersion': undefined },
      -32602,
    ],
    [
      'a version of the future',
      { 'mcp-protocol-version': '2099-01-01' },
      { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' },
      -32022,
    ],
  ])('refuses %s with 400, before the child sees it', async (_, headers, meta, code) => {
    const { url } = await startBridge({ flags: '--era dual' });
    const merged = Object.entries({ ...headersOf('tools/call', 'raw'), ...headers }).filter(
      ([, value]) => value !== '',
    );
    const body = message('tools/call', { name: 'raw' }, { id: 'r', meta });
    const reply = await post(url, body, { headers: Object.fromEntries(merged) });
    expect(reply).toMatchObject({ status: 400, answer: { id: 'r', error: { code } } });
    if (code === -32022)
      expect(reply.answer.error?.data).toEqual({ supported: [VERSION], requested: '2099-01-01' });
  });

  test('takes a name in base64', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const reply = await call(url, 'raw', { headers: { 'mcp-name': '=?base64?cmF3?=' } });
    expect(reply.status).toBe(200);
  });

  test('has annotated arguments compared with their headers, also of a tool on a later page', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const echo = (headers: Record<string, string>) =>
      call(url, 'echo', { args: { text: 'é' }, headers });
    expect(textOf(await echo({ 'mcp-param-text': '=?base64?w6k=?=' }))).toBe('é');
    expect(await echo({ 'mcp-param-text': 'e' })).toMatchObject({
      status: 400,
      answer: { error: { code: -32020 } },
    });
    expect((await echo({})).status).toBe(400);
    expect(
      (await call(url, 'slow', { args: { ms: 0 }, headers: { 'mcp-param-any': 'x' } })).status,
    ).toBe(200);
  });

  test('of both eras serves clients with sessions as well, from children of their own', async () => {
    const { url } = await startBridge({ flags: '--era dual' });
    const modern = textOf(await call(url, 'pid'));
    const session = await openSession(url);
    const legacy = await session.call('pid');
    expect(textOf(legacy)).not.toBe(modern);
    expect(legacy.answer.result).not.toHaveProperty('resultType');
    expect(textOf(await call(url, 'pid'))).toBe(modern);
  });
});

test('a session takes the place of a modern child without work at the cap, and the other way round', async () => {
  const { url } = await startBridge({ flags: '--era dual', settings: { MCP_MAX_SESSIONS: '1' } });
  for (let round = 0; round < 2; round += 1) {
    const session = await openSession(url);
    expect((await call(url, 'pid')).status).toBe(503);
    await session.end();
    expect((await call(url, 'pid')).status).toBe(200);
  }
});

describe('a server with sessions alone', () => {
  test.each(['legacy', 'exit', 'mute'])(
    'that is %s to a modern probe is found out, and modern clients are told at once by an honest 400',
    async (era) => {
      const { url } = await startBridge({
        flags: `--era ${era}`,
        tuning: { discoverSilenceMs: 200 },
      });
      const refused = await ask(url, 'server/discover');
      expect(refused).toMatchObject({ status: 400, answer: { id: 1, error: { code: -32022 } } });
      expect(refused.answer.error?.data).toMatchObject({
        supported: expect.arrayContaining(['2025-11-25', '2025-03-26']),
      });
      expect((await openSession(url)).id).toBeDefined();
    },
  );

  test('refuses initialize under a modern header as a contradiction', async () => {
    const { url } = await startBridge();
    const reply = await post(url, INITIALIZE, { headers: { 'mcp-protocol-version': VERSION } });
    expect(reply.status).toBe(400);
  });
});

test('a modern server that starts slowly is not taken for one that is mute', async () => {
  const { url } = await startBridge({
    flags: '--era dual --delay 700',
    tuning: { discoverSilenceMs: 200 },
  });
  expect((await call(url, 'pid')).status).toBe(200);
});
