import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { BridgeSettings } from '@mcp-gateway/core/domain/settings/bridge-settings';
import { alive, INITIALIZE, openSession, post, textOf, toolCall, until } from './testing/client.ts';
import { startMain, startReadyMain, stopMains } from './testing/process.ts';

afterEach(stopMains);

describe('the program', () => {
  test('explains every setting', async () => {
    const { exit, output } = startMain({}, ['--help']);
    expect(await exit).toBe(0);
    for (const name of Object.keys(BridgeSettings.shape)) expect(output()).toContain(name);
  });

  test('ends with 2 and a line for each mistake, without the values', async () => {
    const { exit, errors } = startMain({ MCP_COMMAND: 'node', PORT: 'secret', MCP_POOL: 'secret' });
    expect(await exit).toBe(2);
    expect(errors().trim().split('\n')).toHaveLength(2);
    expect(errors()).toMatch(/^MCP_POOL: must be a whole number.*\nPORT: must be a whole number/);
    expect(errors()).not.toContain('secret');
  });

  test('ends with 1 and a line when its port is taken', async () => {
    const { origin } = await startReadyMain();
    const { exit, errors } = startMain({
      MCP_COMMAND: 'node',
      HOST: '127.0.0.1',
      PORT: new URL(origin).port,
    });
    expect(await exit).toBe(1);
    expect(errors()).toMatch(/^The bridge cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/);
  });
});

describe('SIGTERM', () => {
  test('lets a running call finish, refuses new sessions, is not ready, ends all children and exits 0', async () => {
    const { process: child, url, origin, exit } = await startReadyMain('--ignore-term');
    const session = await openSession(url);
    const pid = Number(textOf(await session.call('pid')));
    const call = session.call('slow', { ms: 1500 });
    await session.call('echo');
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${origin}/readyz`)).status === 503);
    expect((await post(url, INITIALIZE)).status).toBe(503);
    expect(textOf(await call)).toBe('slow');
    expect(await exit).toBe(0);
    expect(alive(pid)).toBe(false);
  });

  test('answers what has not finished when the time is over, with a JSON-RPC error', async () => {
    const { process: child, url, exit } = await startReadyMain('', { MCP_DRAIN_SECONDS: '0' });
    const session = await openSession(url);
    const stream = await session.listen();
    const call = session.call('hang');
    await session.call('echo');
    child.kill('SIGTERM');
    expect(await call).toMatchObject({ status: 503, answer: { error: { code: 503 } } });
    expect(await exit).toBe(0);
    await until(() => stream.ended());
  });

  test('for the second time ends everything at once', async () => {
    const { process: child, url, exit } = await startReadyMain('--ignore-term --ignore-eof');
    const session = await openSession(url);
    const pid = Number(textOf(await session.call('pid')));
    void session.call('hang').catch(() => undefined);
    await session.call('echo');
    child.kill('SIGTERM');
    await until(
      async () =>
        (await fetch(url, { method: 'PUT' }).then(() => post(url, INITIALIZE))).status === 503,
    );
    child.kill('SIGTERM');
    expect(await exit).toBe(1);
    await until(() => !alive(pid));
  });
});

test('SIGTERM ends the bridge also when nobody reads its log any more', async () => {
  const { process: child, url, exit } = await startReadyMain();
  const session = await openSession(url);
  const pid = Number(textOf(await session.call('pid')));
  child.stdout.destroy();
  await (await openSession(url)).call('echo'); // something to log
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(alive(pid)).toBe(false);
});

describe('SIGTERM while an answer is on its way', () => {
  test('waits for a client that reads slowly', async () => {
    const bridge = await startReadyMain();
    const session = await openSession(bridge.url);
    const reply = await fetch(bridge.url, {
      method: 'POST',
      headers: { ...session.headers, 'content-type': 'application/json' },
      body: JSON.stringify(toolCall('big', { bytes: 12 * 1024 * 1024 })),
    });
    bridge.process.kill('SIGTERM');
    await until(() => bridge.output().includes('exited'));
    expect(JSON.parse(await reply.text())).toHaveProperty('result.content');
    expect(await bridge.exit).toBe(0);
  });
});

describe('SIGKILL', () => {
  test('leaves no process behind, not one that ignores SIGTERM and the end of its input, nor its own children', async () => {
    const { process: child, url, exit } = await startReadyMain('--ignore-term --ignore-eof');
    const sessions = await Promise.all([openSession(url), openSession(url)]);
    const pids = await Promise.all(
      sessions.flatMap((session) => [session.call('pid'), session.call('grandchild')]),
    ).then((replies) => replies.map((reply) => Number(textOf(reply))));
    const children = await childrenOf(child.pid ?? 0);
    expect(children.length).toBeGreaterThanOrEqual(3);
    expect(pids.every(alive)).toBe(true);
    child.kill('SIGKILL');
    expect(await exit).toBe('SIGKILL');
    await until(() => ![...pids, ...children].some(alive));
  });

  test('of the guardian alone leaves none behind either', async () => {
    const { process: child, url } = await startReadyMain('--ignore-term --ignore-eof');
    const session = await openSession(url);
    const pid = Number(textOf(await session.call('pid')));
    const before = await guardiansOf(child.pid ?? 0);
    expect(before).toHaveLength(1);
    process.kill(before[0] ?? 0, 'SIGKILL');
    await until(async () => {
      const now = await guardiansOf(child.pid ?? 0);
      return now.length === 1 && now[0] !== before[0];
    });
    child.kill('SIGKILL');
    await until(() => !alive(pid));
  });
});

test('a session of an earlier bridge is 404 at once', async () => {
  const first = await startReadyMain();
  const session = await openSession(first.url);
  first.process.kill('SIGTERM');
  await first.exit;
  const second = await startReadyMain('', { PORT: new URL(first.origin).port });
  const reply = await post(
    second.url,
    { jsonrpc: '2.0', id: 1, method: 'ping' },
    { headers: session.headers },
  );
  expect(reply.status).toBe(404);
});

test('a remote server is reached through the same endpoint, with the headers for it', async () => {
  const seen: unknown[] = [];
  const remote = createServer((request, response) => {
    seen.push(request.url, request.headers['x-key']);
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"theirs":true}');
  });
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  const { port } = remote.address() as AddressInfo;
  try {
    const bridge = await startReadyMain('', {
      MCP_PROXY_URL: `http://127.0.0.1:${port}/their/mcp`,
      MCP_PROXY_HEADERS: '{"X-Key":"k"}',
    });
    const reply = await post(bridge.url, INITIALIZE);
    expect(reply).toMatchObject({ status: 404, text: '{"theirs":true}' });
    expect(seen).toEqual(['/their/mcp', 'k']);
    expect(
      (await post(bridge.url, INITIALIZE, { headers: { origin: 'http://evil.com' } })).status,
    ).toBe(403);
    bridge.process.kill('SIGTERM');
    expect(await bridge.exit).toBe(0);
  } finally {
    remote.closeAllConnections();
    remote.close();
  }
});

test('a remote server that is away is waited for, its calls refused in time; readiness says so', async () => {
  const port = await freePort();
  const { child, output } = startMain({
    HOST: '127.0.0.1',
    PORT: '0',
    MCP_PROXY_URL: `http://localhost:${port}/mcp`,
    MCP_PROXY_TIMEOUT_SECONDS: '1',
  });
  await until(() => output().includes('"listening"'));
  const origin = `http://127.0.0.1:${/"port":(\d+)/.exec(output())?.[1] ?? ''}`;
  await until(async () =>
    (await (await fetch(`${origin}/readyz`)).text()).includes('ECONNREFUSED'),
  );
  expect((await fetch(`${origin}/readyz`)).status).toBe(503);
  expect((await post(`${origin}/mcp`, INITIALIZE)).status).toBe(502);
  const remote = createServer(() => undefined).listen(port, 'localhost');
  try {
    await until(async () => (await fetch(`${origin}/readyz`)).status === 200);
    expect((await post(`${origin}/mcp`, INITIALIZE)).status).toBe(504);
  } finally {
    remote.closeAllConnections();
    remote.close();
    child.kill('SIGTERM');
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid)
      found.push(Number(entry));
  }
  return found;
}

async function guardiansOf(pid: number): Promise<readonly number[]> {
  const children = await childrenOf(pid);
  const names = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')),
  );
  return children.filter((_, index) => names[index]?.trim() === 'sh');
}
