import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from '../testing/bridge.ts';
import { INITIALIZE, openSession, post, textOf, until } from '../testing/client.ts';

afterEach(stopBridges);

describe('a cancelled call', () => {
  test('is told to the child and its HTTP answer ends, also when the child says nothing more', async () => {
    const { url } = await startBridge({ settings: { MCP_CANCEL_GRACE_SECONDS: '0' } });
    const session = await openSession(url);
    const call = session.call('hang', {}, { id: 'hung' });
    await session.call('echo');
    const accepted = await session.post({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 'hung' },
    });
    expect(accepted.status).toBe(202);
    expect((await call).answer).toMatchObject({ id: 'hung', error: { code: 499 } });
    expect(textOf(await session.call('cancelled'))).toBe('["hung"]');
  });

  test('that the child still answers in time has that answer', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const call = session.call('slow', { ms: 200 }, { id: 'c' });
    await session.call('echo');
    await session.post({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 'c' },
    });
    expect(textOf(await call)).toBe('slow');
  });
});

describe('a client that leaves', () => {
  test('does not cancel its call, and the late answer harms nobody', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const gone = new AbortController();
    const call = session
      .call('slow', { ms: 200 }, { signal: gone.signal, id: 'left' })
      .catch(() => 'left');
    await session.call('echo');
    gone.abort();
    expect(await call).toBe('left');
    await session.call('slow', { ms: 300 });
    expect(textOf(await session.call('cancelled'))).toBe('[]');
    // Its id is free again, which it is only after the late answer came and was dropped.
    expect(textOf(await session.call('echo', { text: 'again' }, { id: 'left' }))).toBe('again');
  });

  test('takes no notification with it: what comes while its call is abandoned goes to the GET stream', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const gone = new AbortController();
    const call = session.call('hang', {}, { signal: gone.signal }).catch(() => 'left');
    await session.call('later', { ms: 200, method: 'notifications/message', note: 'kept' });
    gone.abort();
    await call;
    const stream = await session.listen();
    await until(() => stream.messages.length === 1);
    expect(stream.messages[0]?.params?.note).toBe('kept');
  });

  test('in the middle of its body leaves the bridge as it was', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"jsonrpc":'));
        setTimeout(() => controller.error(new Error('broken off')), 50);
      },
    });
    const init = { method: 'POST', headers: session.headers, body, duplex: 'half' };
    await expect(fetch(url, init as RequestInit)).rejects.toThrow();
    expect(textOf(await session.call('echo', { text: 'well' }))).toBe('well');
  });

  test('before its initialize is answered leaves no child', async () => {
    const started = await startBridge({ flags: '--no-initialize', settings: { MCP_POOL: '0' } });
    await until(() => started.bridge.children() === 0);
    const gone = new AbortController();
    const opening = post(started.url, INITIALIZE, { signal: gone.signal }).catch(() => 'left');
    await until(() => started.bridge.children() === 1);
    gone.abort();
    await opening;
    await until(() => started.bridge.children() === 0);
  });
});
