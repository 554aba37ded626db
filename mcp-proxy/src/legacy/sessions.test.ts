import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, stopBridges } from '../testing/bridge.ts';
import {
  alive,
  INITIALIZE,
  openSession,
  post,
  textOf,
  toolCall,
  until,
} from '../testing/client.ts';

afterEach(stopBridges);

describe('a session', () => {
  test("is one initialize, the client's own, in one child with one process", async () => {
    const { url } = await startBridge();
    const [a, b] = await Promise.all([openSession(url), openSession(url)]);
    const pids = await Promise.all(
      [a, b, a].map(async (session) => textOf(await session.call('pid'))),
    );
    expect(pids[0]).toBe(pids[2]);
    expect(pids[0]).not.toBe(pids[1]);
    expect((await a.post(INITIALIZE)).answer.error?.code).toBe(-32600);
  });

  test('has a visible id that nobody can guess, and none when the child refuses initialize', async () => {
    const { url } = await startBridge({ flags: '--era modern' });
    const refused = await post(url, INITIALIZE);
    expect(refused.answer.error?.code).toBe(-32022);
    expect(refused.headers.get('mcp-session-id')).toBeNull();
    const legacy = await startBridge();
    expect((await openSession(legacy.url)).id).toMatch(/^[\w-]{22}$/);
  });

  test('opened again and again, its tools listed each time, never hangs', async () => {
    const { url } = await startBridge();
    for (let round = 0; round < 15; round += 1) {
      const session = await openSession(url);
      const listed = await session.post({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
      expect(listed.answer.result).toHaveProperty('tools');
      await session.end();
    }
  }, 60_000);

  test('asks its child for the tools each time, so that a changed tool is known at once', async () => {
    const session = await openSession((await startBridge()).url);
    for (const lists of [1, 2, 3]) {
      const listed = await session.post({ jsonrpc: '2.0', id: lists, method: 'tools/list' });
      expect(listed.answer.result).toMatchObject({ _meta: { lists } });
    }
  });

  test('that is not known is 404, and a request without one 400', async () => {
    const { url } = await startBridge();
    await openSession(url);
    const headers = { 'mcp-session-id': 'of-an-earlier-bridge' };
    const unknown = await post(url, toolCall('echo'), { headers });
    expect(unknown.status).toBe(404);
    expect(unknown.answer.id).toEqual(expect.any(Number));
    expect((await post(url, toolCall('echo'))).status).toBe(400);
    expect((await fetch(url, { headers })).status).toBe(404);
    expect((await fetch(url)).status).toBe(400);
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(404);
  });

  test('ends by DELETE: 200, running calls fail, the stream ends, the child goes, and it is 404', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const pid = Number(textOf(await session.call('pid')));
    const stream = await session.listen();
    const call = session.call('hang');
    await session.call('echo');
    expect((await session.end()).status).toBe(200);
    expect((await call).answer.error).toBeDefined();
    await until(() => stream.ended());
    await until(() => !alive(pid));
    expect((await session.call('echo')).status).toBe(404);
  });

  test('that nobody uses is ended after the idle time, one with an open stream or a running call is not', async () => {
    const started = await startBridge({
      settings: { MCP_IDLE_TIMEOUT_SECONDS: '1', MCP_POOL: '0' },
      tuning: { heartbeatMs: 150 },
    });
    const [idle, listening, calling] = await Promise.all(
      [1, 2, 3].map(() => openSession(started.url)),
    );
    const stream = await listening!.listen();
    const call = calling!.call('slow', { ms: 2500 });
    await until(() => started.log.some(({ message }) => message === 'idle session ended'));
    expect((await idle!.call('echo')).status).toBe(404);
    expect(textOf(await call)).toBe('slow');
    expect(stream.ended()).toBe(false);
    expect((await listening!.call('echo', { text: 'here' })).status).toBe(200);
  });

  test('beyond the cap is 503 with Retry-After, a probe is still a 4xx, and a place that is free again is taken', async () => {
    const { url } = await startBridge({ settings: { MCP_MAX_SESSIONS: '2' } });
    const first = await openSession(url);
    await openSession(url);
    const refused = await post(url, INITIALIZE);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    const probe = await post(
      url,
      { jsonrpc: '2.0', id: 1, method: 'server/discover', params: {} },
      { headers: { 'mcp-protocol-version': '2026-07-28' } },
    );
    expect(probe.status).toBe(400);
    await first.end();
    expect((await post(url, INITIALIZE)).status).toBe(200);
  });

  test('beyond the cap takes the place of one that is ending, of many at once no more than are free', async () => {
    const started = await startBridge({
      flags: '--ignore-eof',
      settings: { MCP_MAX_SESSIONS: '3', MCP_POOL: '0' },
    });
    const open = await Promise.all(Array.from({ length: 3 }, () => openSession(started.url)));
    await Promise.all(open.slice(0, 2).map((session) => session.end()));
    const storm = await Promise.all(
      Array.from({ length: 12 }, () => post(started.url, INITIALIZE)),
    );
    const statuses = storm.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, ...Array<number>(10).fill(503)]);
    expect(started.bridge.children()).toBe(3);
  });

  test('opens from a warm child', async () => {
    const started = await startBridge({ flags: '--delay 1500' });
    await until(async () => (await fetch(`${started.origin}/readyz`)).status === 200);
    await until(() => started.bridge.children() === 1);
    const warm = await openSession(started.url).then((session) => session.call('pid'));
    expect(warm.status).toBe(200);
    await until(() => started.bridge.children() === 2);
  });
});
