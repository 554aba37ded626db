import { afterEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { ready, register } from '../support/adapters.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openSession, textOf } from '../support/mcp.ts';
import { processesMarked } from '../support/processes.ts';
import { until } from '../support/until.ts';

const MAIN = resolve(import.meta.dirname, '../../gateway/src/main.ts');
const gateways: RunningGateway[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}, 60_000);

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const gateway = await startGateway({ env });
  gateways.push(gateway);
  return gateway;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'control-plane-'));
  folders.push(made);
  return made;
}

test('an adapter lives: it is created, gets ready, is called, logs, is replaced and is deleted', async () => {
  const { url } = await start();
  const mark = `MARK=${randomUUID()}`;
  const environmentVariables = { MARK: mark.slice(5) };
  const mcp = await register(url, {
    name: 'hello',
    imageName: 'mcp-example',
    environmentVariables,
  });
  await ready(url, 'hello');
  const session = await openSession(mcp);
  expect(textOf(await session.call(mcp, 'echo', { message: 'hi' }))).toContain('hi');
  expect(await (await fetch(`${url}/adapters/hello/logs?tail=5`)).text()).toContain('listening');

  const following = await fetch(`${url}/adapters/hello/logs?follow=true`);
  const followed = following.text();
  const body = { name: 'hello', imageName: 'mcp-example', imageVersion: '1.0.0', replicaCount: 2 };
  const put = await fetch(`${url}/adapters/hello`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(put.status).toBe(200);
  await ready(url, 'hello', { replicas: 2 });
  await until('no process has the removed variable', 20_000, async () => {
    const left = await processesMarked(mark);
    return left.length === 0 || JSON.stringify(left);
  });

  expect((await fetch(`${url}/adapters/hello`, { method: 'DELETE' })).status).toBe(204);
  expect(await followed).toContain('listening');
  expect((await fetch(`${url}/adapters/hello/status`)).status).toBe(404);
  expect((await session.call(mcp, 'echo', { message: 'hi' })).status).toBe(404);
}, 120_000);

test('what was registered is there after a restart, and the keys of sessions stay', async () => {
  const env = { DATA_DIR: await folder() };
  const first = await start(env);
  await register(first.url, { name: 'hello', imageName: 'mcp-example' });
  await ready(first.url, 'hello');
  expect(await first.stop()).toBe(0);
  expect((await stat(join(env.DATA_DIR, 'session-keys'))).mode & 0o777).toBe(0o600);
  const second = await start(env);
  await ready(second.url, 'hello');
  const listed = (await (await fetch(`${second.url}/adapters`)).json()) as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(['hello']);
}, 120_000);

test('after kill -9 the next start ends what was left and runs what is registered, once', async () => {
  const env = { DATA_DIR: await folder() };
  const mark = `MARK=${randomUUID()}`;
  const environmentVariables = { MARK: mark.slice(5) };
  const first = await start(env);
  await register(first.url, { name: 'hello', imageName: 'mcp-example', environmentVariables });
  await ready(first.url, 'hello');
  const [before] = await processesMarked(mark);
  await first.kill();
  const second = await start(env);
  await ready(second.url, 'hello');
  const after = await processesMarked(mark);
  expect(after.map(({ pid }) => pid)).not.toContain(before?.pid);
  expect(after).toHaveLength(1);
  await second.stop();
  await until('no process is left', 20_000, async () => (await processesMarked(mark)).length === 0);
}, 120_000);

test('an unknown image is a clear refusal, and a broken one says why it does not start', async () => {
  const { url } = await start();
  const unknown = await fetch(`${url}/adapters`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'a', imageName: 'nobody/knows', imageVersion: '1' }),
  });
  expect(unknown.status).toBe(400);
  expect(await unknown.json()).toMatchObject({
    code: 'invalid_request',
    errors: [{ path: 'imageName' }],
  });
  const environmentVariables = { MCP_COMMAND: 'no-such-program' };
  await register(url, { name: 'broken', imageName: 'mcp-proxy', environmentVariables });
  await until('the status says why', 20_000, async () => {
    const text = await (await fetch(`${url}/adapters/broken/status`)).text();
    return (text.includes('no-such-program') && text.includes('Degraded: 0/1')) || text;
  });
}, 60_000);

test('management has health and metrics on a port of its own', async () => {
  const { url, managementUrl } = await start();
  expect((await fetch(`${managementUrl}/health/live`)).status).toBe(200);
  expect((await fetch(`${managementUrl}/health/ready`)).status).toBe(200);
  await fetch(`${url}/ping`);
  const metrics = await (await fetch(`${managementUrl}/metrics`)).text();
  expect(metrics).toMatch(/mcp_gateway_http_request_seconds_count\{route="\/ping",method="GET",status="200"\} 1/); // prettier-ignore
  expect(metrics).toContain('process_resident_memory_bytes');
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  expect((await fetch(`${managementUrl}/adapters`)).status).toBe(404);
});

test('on SIGTERM followed logs end, open work gets its time, and the exit code is 0', async () => {
  const gateway = await start();
  await register(gateway.url, { name: 'hello', imageName: 'mcp-example' });
  await ready(gateway.url, 'hello');
  const followed = fetch(`${gateway.url}/adapters/hello/logs?follow=true`);
  const text = (await followed).text();
  const stopped = gateway.stop();
  expect(await text).toContain('listening');
  expect(await stopped).toBe(0);
}, 60_000);

test('a second signal does not wait for what is open', async () => {
  const env = { DRAIN_SECONDS: '600', DATA_DIR: await folder() };
  const gateway = await start(env);
  const mcp = await register(gateway.url, { name: 'hello', imageName: 'mcp-example' });
  await ready(gateway.url, 'hello');
  const session = await openSession(mcp);
  const slow = session.call(mcp, 'slow', { seconds: 300 }).catch(() => undefined);
  await until('the call is open', 10_000, async () => {
    const metrics = await (await fetch(`${gateway.managementUrl}/metrics`)).text();
    return /open_streams\{adapter="hello"\} [1-9]/.test(metrics) || metrics;
  });
  process.kill(gateway.pid, 'SIGTERM');
  await until('it is stopping', 10_000, () => gateway.logs().includes('"stopping"'));
  expect(await gateway.stop()).toBe(130);
  await slow;
  await start(env); // ends what this one had no time to end
}, 60_000);

test.each([
  [{ HOST: '0.0.0.0' }, 'HOST'],
  [{ HOST: '192.0.2.1' }, 'HOST'],
  [{ PUBLIC_ORIGIN: 'https://mcp.example.com' }, 'PUBLIC_ORIGIN'],
  [{ PORT: 'x', CACHE_SECONDS: '0' }, 'PORT[^]*CACHE_SECONDS'],
])('with %j it does not start, and says which setting is wrong', async (env, said) => {
  const { code, stdout, stderr } = await run([], { ...env, DATA_DIR: await folder() });
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`^${said}`));
  expect(stdout).toBe('');
});

test('a port in use is one clear line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const env = { PORT: String(port), MANAGEMENT_PORT: '0', DATA_DIR: await folder() };
  const { code, stderr } = await run([], env);
  taken.close();
  expect(code).toBe(1);
  expect(stderr.trim()).toBe(`Port ${port} is in use; set PORT or MANAGEMENT_PORT to another one.`);
});

test('help names the settings; other arguments are refused', async () => {
  const help = await run(['--help'], {});
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('MANAGEMENT_PORT');
  expect((await run(['--port=1'], {})).code).toBe(2);
});

interface Finished {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Finished> {
  return new Promise((finished) => {
    const options = { env: { PATH: process.env.PATH, ...env }, timeout: 30_000 };
    execFile(process.execPath, [MAIN, ...words], options, (error, stdout, stderr) =>
      finished({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}
