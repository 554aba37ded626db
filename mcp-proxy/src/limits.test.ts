import { request } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from './testing/bridge.ts';
import { openSession, post, textOf, toolCall, until } from './testing/client.ts';

const MiB = 1024 * 1024;

afterEach(stopBridges);

describe('a request', () => {
  test('of 10 MiB passes', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const reply = await session.call('size', { text: 'x'.repeat(10 * MiB) });
    expect(Number(textOf(reply))).toBeGreaterThan(10 * MiB);
  });

  test('over the limit is 413 in JSON, with a declared length or without, and the next one passes', async () => {
    const { url } = await startBridge({ settings: { MCP_MAX_BODY_BYTES: '2000' } });
    const session = await openSession(url);
    const declared = await session.call('size', { text: 'x'.repeat(5000) });
    expect(declared).toMatchObject({ status: 413, type: 'application/json' });
    const body = new Blob([JSON.stringify(toolCall('size', { text: 'x'.repeat(5000) }))]).stream();
    const init = {
      method: 'POST',
      headers: { ...session.headers, 'content-type': 'application/json' },
      body,
    };
    const chunked = await fetch(url, { ...init, duplex: 'half' });
    expect(chunked.status).toBe(413);
    expect(await chunked.json()).toMatchObject({ jsonrpc: '2.0', error: { code: 413 } });
    expect((await session.call('size')).status).toBe(200);
  });

  test('of millions of containers in each other is refused before it holds up others', async () => {
    const { url } = await startBridge();
    const deep = `${'['.repeat(7 * MiB)}${']'.repeat(7 * MiB)}`;
    const reply = await post(url, `{"jsonrpc":"2.0","id":1,"method":"m","params":${deep}}`);
    expect(reply).toMatchObject({ status: 400, answer: { error: { code: -32700 } } });
  });

  test('waits outside while the child does not take its input, and other sessions go on', async () => {
    const { url } = await startBridge();
    const [deaf, other] = await Promise.all([openSession(url), openSession(url)]);
    await deaf.call('deaf', { ms: 1500 });
    const calls = Array.from({ length: 8 }, () => deaf.call('size', { text: 'x'.repeat(2 * MiB) }));
    expect(textOf(await other.call('echo', { text: 'on' }))).toBe('on');
    const replies = await Promise.all(calls);
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });
});

describe('an answer', () => {
  test('of more than 10 MiB passes and harms nobody', async () => {
    const { url } = await startBridge();
    const [big, other] = await Promise.all([openSession(url), openSession(url)]);
    const reply = big.call('big', { bytes: 12 * MiB });
    expect(textOf(await other.call('echo', { text: 'meanwhile' }))).toBe('meanwhile');
    expect(textOf(await reply)).toHaveLength(12 * MiB);
    expect(textOf(await big.call('echo', { text: 'after' }))).toBe('after');
  });

  test('in a line over the limit fails its session alone, with the reason', async () => {
    const { url } = await startBridge({ settings: { MCP_MAX_LINE_BYTES: '100000' } });
    const [long, other] = await Promise.all([openSession(url), openSession(url)]);
    const reply = await long.call('big', { bytes: 200_000 });
    expect(reply.answer.error?.message).toMatch(/line of more than 100000 bytes/);
    expect((await long.call('echo')).status).toBe(404);
    expect(textOf(await other.call('echo', { text: 'fine' }))).toBe('fine');
    expect(textOf(await (await openSession(url)).call('echo', { text: 'new' }))).toBe('new');
  });
});

describe('a reader that takes nothing', () => {
  test('makes its own child wait, not the memory grow, and is dropped; the session goes on', async () => {
    const { url, log } = await startBridge({ tuning: { stallMs: 1500, maxUnsentBytes: 4 * MiB } });
    const [slow, other] = await Promise.all([openSession(url), openSession(url)]);
    const before = process.memoryUsage().external;
    let peak = 0;
    // Eight at 8 MiB each: all of it would be 64 MiB.
    const stuck = Array.from({ length: 8 }, () =>
      unread(url, slow.headers, toolCall('big', { bytes: 8 * MiB })),
    );
    await until(() => {
      peak = Math.max(peak, process.memoryUsage().external - before);
      return log.some(({ message }) => message.includes('takes nothing'));
    });
    expect(peak).toBeGreaterThan(4 * MiB);
    expect(peak).toBeLessThan(44 * MiB);
    expect(textOf(await other.call('echo', { text: 'free' }))).toBe('free');
    await until(async () => textOf(await slow.call('echo', { text: 'again' })) === 'again', 60_000);
    for (const each of stuck) each();
  }, 90_000);

  test('does not keep others for long from a child that they share', async () => {
    const { url, log } = await startBridge({
      flags: '--era modern',
      tuning: { maxSharedUnsentBytes: 4 * MiB, patienceMs: 500 },
    });
    expect(textOf(await modernCall(url, 'echo', { text: 'before' }))).toBe('before');
    const big = modernPost('big', { bytes: 8 * MiB });
    const begun = Date.now();
    const stuck = Array.from({ length: 3 }, () => unread(url, big.headers, big.message));
    await until(() => log.some(({ message }) => message.includes('takes nothing')));
    expect(textOf(await modernCall(url, 'echo', { text: 'after' }))).toBe('after');
    // The time after which a reader that takes nothing at all is dropped is 30 s.
    expect(Date.now() - begun).toBeLessThan(15_000);
    for (const each of stuck) each();
  }, 60_000);

  test('of few bytes is left alone', async () => {
    const { url } = await startBridge({ tuning: { stallMs: 100 } });
    const session = await openSession(url);
    const stream = await session.listen();
    await session.call('slow', { ms: 500 });
    expect(stream.ended()).toBe(false);
  });
});

/** Calls and never reads the answer. */
function unread(url: string, headers: Readonly<Record<string, string>>, message: object) {
  const call = request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
  });
  call.on('response', (response) => response.pause());
  call.on('error', () => undefined);
  call.end(JSON.stringify(message));
  return () => call.destroy();
}

let lastId = 0;

function modernPost(name: string, args: object) {
  lastId += 1;
  const version = '2026-07-28';
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    message: {
      jsonrpc: '2.0',
      id: lastId,
      method: 'tools/call',
      params: { name, arguments: args, _meta },
    },
    headers: {
      'mcp-protocol-version': version,
      'mcp-method': 'tools/call',
      'mcp-name': name,
      ...('text' in args && { 'mcp-param-text': String(args.text) }),
    },
  };
}

function modernCall(url: string, name: string, args: object = {}) {
  const { message, headers } = modernPost(name, args);
  return post(url, message, { headers });
}
