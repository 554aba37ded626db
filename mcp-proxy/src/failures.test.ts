import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FIXTURE, startBridge, stopBridges, type TestBridge } from './testing/bridge.ts';
import { alive, INITIALIZE, openSession, post, textOf, until } from './testing/client.ts';

afterEach(stopBridges);

interface Readiness {
  readonly status: number;
  readonly body: { readonly status: string; readonly detail: string };
}

async function readiness({ origin }: TestBridge): Promise<Readiness> {
  const response = await fetch(`${origin}/readyz`);
  return { status: response.status, body: (await response.json()) as Readiness['body'] };
}

describe('a child that dies', () => {
  test.each([
    ['crash', { code: 7 }, 'The server exited with code 7', { exitCode: 7, signal: null }],
    ['suicide', {}, 'The server was ended by SIGKILL', { exitCode: null, signal: 'SIGKILL' }],
  ])(
    'by %s fails its calls at once, ends its stream and its session',
    async (tool, args, message, data) => {
      const { url } = await startBridge();
      const session = await openSession(url);
      const stream = await session.listen();
      const hung = session.call('hang');
      await session.call('echo');
      const begun = performance.now();
      const replies = await Promise.all([hung, session.call(tool, args)]);
      expect(performance.now() - begun).toBeLessThan(10_000); // on a busy machine; nothing else would end the call that hangs
      for (const { status, answer } of replies) {
        expect(status).toBe(200);
        expect(answer.error).toMatchObject({ code: -32603, message, data });
      }
      await until(() => stream.ended());
      expect((await session.call('echo')).status).toBe(404);
    },
  );

  test('leaves other sessions alone, and the next session has a fresh one', async () => {
    const { url } = await startBridge();
    const [doomed, other] = await Promise.all([openSession(url), openSession(url)]);
    const running = other.call('slow', { ms: 300 });
    await doomed.call('crash');
    expect(textOf(await running)).toBe('slow');
    const next = await openSession(url);
    expect(textOf(await next.call('echo', { text: 'fresh' }))).toBe('fresh');
    expect(textOf(await other.call('echo', { text: 'same' }))).toBe('same');
  });

  test('takes the processes with it that it has started', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const pid = Number(textOf(await session.call('grandchild')));
    expect(alive(pid)).toBe(true);
    await session.call('crash');
    await until(() => !alive(pid));
  });

  test('while it is spare is replaced', async () => {
    const started = await startBridge({ settings: { MCP_POOL: '2' } });
    await until(() => started.bridge.children() === 2);
    const session = await openSession(started.url);
    process.kill(Number(textOf(await session.call('pid'))), 'SIGKILL');
    await until(() => started.bridge.children() === 2);
    expect((await openSession(started.url)).id).toBeDefined();
  });
});

describe('a child that does not end', () => {
  test('by end of input or SIGTERM is killed, its group with it', async () => {
    const { url } = await startBridge({ flags: '--ignore-term --ignore-eof' });
    const session = await openSession(url);
    const pids = [
      Number(textOf(await session.call('pid'))),
      Number(textOf(await session.call('grandchild'))),
    ];
    expect((await session.end()).status).toBe(200);
    await until(() => !pids.some(alive));
  });
});

describe('a server that does not start', () => {
  test('is not ready, says why, and calls are refused with 503 at once', async () => {
    const started = await startBridge({ flags: '--exit 3 --stderr unused' });
    await until(async () => (await readiness(started)).body.detail.includes('exited with code 3'));
    expect((await readiness(started)).status).toBe(503);
    const refused = await post(started.url, INITIALIZE);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.answer).toMatchObject({ id: 1, error: { code: 503 } });
    expect((await fetch(`${started.origin}/healthz`)).status).toBe(200);
  });

  test('because the command does not exist says so', async () => {
    const started = await startBridge({ settings: { MCP_COMMAND: '/no/such/command' } });
    await until(async () => (await readiness(started)).body.detail.includes('ENOENT'));
  });

  test('for long tells what is waited for and the last line of its stderr', async () => {
    const started = await startBridge({ flags: '--delay 600000 --stderr "downloading 12 of 80"' });
    await until(async () =>
      (await readiness(started)).body.detail.includes('downloading 12 of 80'),
    );
    const { status, body } = await readiness(started);
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'starting',
      detail: expect.stringMatching(/Waiting for ".*node".* \d+ s/),
    });
  });

  test('within the time for initialize is 504', async () => {
    const { url } = await startBridge({
      flags: '--delay 600000',
      settings: { MCP_INIT_TIMEOUT_SECONDS: '1' },
    });
    const refused = await post(url, INITIALIZE);
    expect(refused.status).toBe(504);
    expect(refused.answer.error?.code).toBe(504);
  });

  test('that answers the probe but never initialize is 504, and its child is ended', async () => {
    const started = await startBridge({
      flags: '--no-initialize',
      settings: { MCP_INIT_TIMEOUT_SECONDS: '1', MCP_POOL: '0' },
    });
    const refused = await post(started.url, INITIALIZE);
    expect(refused.status).toBe(504);
    expect(refused.headers.get('mcp-session-id')).toBeNull();
    await until(() => started.bridge.children() === 0);
  });

  test('any more, after it did, loses its readiness and has it back when it starts again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bridge-'));
    const broken = join(folder, 'broken');
    const script = `if [ -e '${broken}' ]; then exit 9; fi; exec '${process.execPath}' '${FIXTURE}'`;
    const started = await startBridge({
      settings: { MCP_COMMAND: '/bin/sh', MCP_ARGS: `-c "${script}"` },
    });
    try {
      const session = await openSession(started.url);
      await writeFile(broken, '');
      await session.end();
      for (let tries = 0; tries < 4; tries += 1) await post(started.url, INITIALIZE);
      await until(async () => (await readiness(started)).status === 503);
      await rm(broken);
      await until(async () => (await readiness(started)).status === 200);
      expect((await openSession(started.url)).id).toBeDefined();
    } finally {
      await started.stop();
      await rm(folder, { recursive: true });
    }
  });
});

describe('two hundred sessions', () => {
  test('that clients open and drop leave no child and no process', async () => {
    const started = await startBridge({
      settings: { MCP_COMMAND: '/bin/sh', MCP_ARGS: `-c '${SHELL_SERVER}'`, MCP_POOL: '0' },
    });
    for (let round = 0; round < 10; round += 1) {
      const sessions = await Promise.all(
        Array.from({ length: 20 }, () => openSession(started.url)),
      );
      expect(started.bridge.children()).toBeGreaterThanOrEqual(20);
      await Promise.all(sessions.map((session) => session.end()));
    }
    await until(() => started.bridge.children() === 0);
  }, 120_000);
});

/** The smallest server: two hundred Node processes would be a test of the machine. */
const SHELL_SERVER = [
  'while read -r line; do case $line in',
  '*initialize\\"*) echo "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":1,\\"result\\":{\\"protocolVersion\\":\\"2025-11-25\\"}}" ;;',
  '*discover*) echo "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":\\"bridge-discover\\",\\"error\\":{\\"code\\":-32601,\\"message\\":\\"no\\"}}" ;;',
  'esac; done',
].join(' ');

describe('a request that is wrong', () => {
  test.each([
    ['{', 400, -32700],
    ['', 400, -32700],
    ['\uFEFF{}', 400, -32700],
    ['[]', 400, -32600],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 400, -32600],
    ['"text"', 400, -32600],
    ['null', 400, -32600],
    ['{"id":1,"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":1}', 400, -32600],
    ['{"jsonrpc":"2.0","id":1,"method":5}', 400, -32600],
    ['{"jsonrpc":"2.0","result":{}}', 400, -32600],
  ])('%j is refused as JSON-RPC', async (body, status, code) => {
    const { url } = await startBridge();
    const reply = await post(url, body);
    expect(reply.status).toBe(status);
    expect(reply.answer).toMatchObject({ jsonrpc: '2.0', id: null, error: { code } });
  });

  test('in its headers is refused only when it is certainly wrong', async () => {
    const { url } = await startBridge();
    const session = await openSession(url);
    const status = async (headers: Record<string, string>) =>
      (await session.call('echo', {}, { headers })).status;
    expect(await status({ 'content-type': 'text/plain' })).toBe(415);
    expect(await status({ 'content-type': 'application/json; charset=utf-8' })).toBe(200);
    expect(await status({ accept: 'text/html' })).toBe(406);
    expect(await status({ accept: '*/*' })).toBe(200);
    expect(await status({ 'mcp-protocol-version': 'yesterday' })).toBe(400);
    expect(await status({ 'mcp-protocol-version': '2025-03-26' })).toBe(200);
    expect(await status({ origin: 'http://evil.example.com' })).toBe(403);
    expect(await status({ origin: 'http://localhost:6274' })).toBe(200);
    expect((await fetch(url, { method: 'PUT' })).status).toBe(405);
  });

  test('in its target is 404 and no crash', async () => {
    const { origin } = await startBridge();
    const port = Number(new URL(origin).port);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(port, '127.0.0.1', () => {
        socket.end('GET // HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      });
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect((await fetch(`${origin}/ping`)).status).toBe(200);
  });
});
