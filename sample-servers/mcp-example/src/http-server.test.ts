import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { exampleHttpServer } from './http-server.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup(idleTimeoutMs = 60_000) {
  const example = exampleHttpServer(idleTimeoutMs);
  cleanups.push(example.stop);
  example.server.listen(0, '127.0.0.1');
  await once(example.server, 'listening');
  const { port } = example.server.address() as AddressInfo; // a TCP server's address is never a string
  return { ...example, origin: `http://127.0.0.1:${port}` };
}

async function connect(origin: string, mode: 'auto' | 'legacy', headers = {}) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', origin), {
    requestInit: { headers },
  });
  await client.connect(transport);
  cleanups.push(() => client.close());
  return { client, transport };
}

async function call(client: Client, name: string, args = {}) {
  return (await client.callTool({ name, arguments: args })).structuredContent;
}

describe.each(['auto', 'legacy'] as const)('a client in mode %s', (mode) => {
  test('finds the tools, the resource and the prompt, and can use them', async () => {
    const { origin } = await setup();
    const { client } = await connect(origin, mode);

    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'add', 'whoami', 'count', 'slow']);
    expect(await call(client, 'add', { a: 2, b: 3 })).toEqual({ sum: 5 });
    const read = await client.readResource({ uri: 'example://greeting' });
    expect(read.contents).toMatchObject([{ text: 'Hello from a pod.' }]);
    const prompt = await client.getPrompt({ name: 'greet', arguments: { name: 'Ada' } });
    expect(prompt.messages).toMatchObject([{ content: { text: 'Greet Ada warmly.' } }]);
  });

  test('is told who the gateway says it is, and which replica answered', async () => {
    const { origin } = await setup();
    const headers = { 'X-Mcp-UserId': 'ada', 'X-Mcp-Roles': 'mcp.user,ops' };
    const { client } = await connect(origin, mode, headers);
    expect(await call(client, 'whoami')).toMatchObject({
      userId: 'ada',
      roles: ['mcp.user', 'ops'],
      pid: process.pid,
    });
  });

  test('sees the progress of a slow call', async () => {
    const { origin } = await setup();
    const { client } = await connect(origin, mode);
    const seen: number[] = [];
    const request = { name: 'slow', arguments: { seconds: 0.1 } };
    await client.callTool(request, { onprogress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual([1]);
  });
});

test('each session counts its own calls', async () => {
  const { origin } = await setup();
  const one = await connect(origin, 'legacy');
  const other = await connect(origin, 'legacy');
  expect(await call(one.client, 'count')).toEqual({ count: 1 });
  expect(await call(one.client, 'count')).toEqual({ count: 2 });
  expect(await call(other.client, 'count')).toEqual({ count: 1 });
  expect(one.transport.sessionId).not.toBe(other.transport.sessionId);
});

test('without sessions every call is the first', async () => {
  const { origin } = await setup();
  const { client, transport } = await connect(origin, 'auto');
  expect(await call(client, 'count')).toEqual({ count: 1 });
  expect(await call(client, 'count')).toEqual({ count: 1 });
  expect(transport.sessionId).toBeUndefined();
});

test('a session that was ended, or never begun, is not found', async () => {
  const { origin } = await setup();
  const { client, transport } = await connect(origin, 'legacy');
  const id = transport.sessionId ?? '';
  await transport.terminateSession();
  expect(await ping(origin, id)).toBe(404);
  expect(await ping(origin, 'never-begun')).toBe(404);
  await client.close();
});

test('a session that idles too long is not found', async () => {
  const { origin } = await setup(200);
  const { transport } = await connect(origin, 'legacy');
  const id = transport.sessionId ?? '';
  // Each look is a use, so looks are farther apart than the limit.
  const look = async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return ping(origin, id);
  };
  expect(await look()).toBe(404);
});

test('a client that lost its stream can open it again at once', async () => {
  const { origin } = await setup();
  const { transport } = await connect(origin, 'legacy');
  const headers = { accept: 'text/event-stream', 'mcp-session-id': transport.sessionId ?? '' };
  const get = async () => {
    const gone = new AbortController();
    const { status } = await fetch(`${origin}/mcp`, { headers, signal: gone.signal });
    gone.abort();
    return status;
  };
  const untilFree = async () => {
    const deadline = Date.now() + 10_000;
    while ((await get()) !== 200) {
      if (Date.now() > deadline) throw new Error('the stream stays taken');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await transport.close();
  await untilFree();
  await untilFree();
});

test('health says that it lives', async () => {
  const { origin } = await setup();
  expect((await fetch(`${origin}/ping`)).status).toBe(200);
  expect((await fetch(`${origin}/readyz`)).status).toBe(200);
  expect((await fetch(`${origin}/elsewhere`)).status).toBe(404);
});

test('SIGTERM lets the running call finish and then ends the process', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn('node', [main], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]; // readline's event
  const { address } = JSON.parse(line) as { address: AddressInfo }; // what main.ts prints
  const { client } = await connect(`http://127.0.0.1:${address.port}`, 'legacy');

  const request = { name: 'slow', arguments: { seconds: 2 } };
  let asked = false;
  const onprogress = () => {
    if (!asked) asked = child.kill('SIGTERM');
  };
  const result = await client.callTool(request, { onprogress });
  expect(result.content).toEqual([{ type: 'text', text: 'done after 2 s' }]);
  expect(await exited).toEqual([0, null]);
});

async function ping(origin: string, session: string): Promise<number> {
  const response = await fetch(`${origin}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': session,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
  await response.body?.cancel();
  return response.status;
}
