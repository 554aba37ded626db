import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import pino from 'pino';
import { sharedListener, type SharedListener } from './internal-listener.ts';

const log = pino({ level: 'silent' });
let folder: string;
let file: string;
const listeners: SharedListener[] = [];
const strangers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'internal-listener-'));
  file = join(folder, 'internal-port');
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) await ended(listener);
  for (const stranger of strangers.splice(0)) {
    stranger.closeAllConnections();
    stranger.close();
  }
  await rm(folder, { recursive: true, force: true });
});

/** One of several gateways of the folder, which answers with its name. */
async function share(name: string, port = 0) {
  const handler: RequestListener = (_request, response) => response.end(`ours ${name}`);
  let moves = 0;
  const listener = await sharedListener({
    ...{ handler, host: 'localhost', port, file, log },
    isOurs: async (origin, signal) => (await said(origin, signal)).startsWith('ours'),
    moved: () => moves++,
  });
  listeners.push(listener);
  return { listener, moves: () => moves };
}

const said = async (
  origin: string,
  signal: AbortSignal = AbortSignal.timeout(5_000),
): Promise<string> =>
  // prettier-ignore
  fetch(origin, { signal })
    .then((answer) => answer.text())
    .catch(() => '');

async function ended(listener: SharedListener): Promise<void> {
  listener.cut();
  await listener.close();
}

/** Somebody else's server. */
async function stranger(): Promise<number> {
  const server = createServer((_request, response) => response.end('a stranger')).listen(0, '127.0.0.1'); // prettier-ignore
  strangers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // TCP, so not a string
}

const agreed = async (): Promise<number> => Number(await readFile(file, 'utf8'));

test('the first one listens and writes down where, for this user alone', async () => {
  const { listener } = await share('one');
  expect(listener.url()).toBe(`http://127.0.0.1:${await agreed()}`);
  expect(await said(listener.url())).toBe('ours one');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('others of the folder share the port, and one of them takes over when the first goes', async () => {
  const one = await share('one');
  const two = await share('two');
  const url = one.listener.url();
  expect(two.listener.url()).toBe(url);
  expect(await said(url)).toBe('ours one');
  await ended(listeners.shift()!);
  await eventually(10_000, async () => expect(await said(url)).toBe('ours two'));
  expect(two.listener.url()).toBe(url);
  expect(two.moves()).toBe(0);
});

test('a port that a stranger has is left to it, and the others learn of the new one', async () => {
  const taken = await stranger();
  const one = await share('one', taken);
  expect(one.listener.url()).not.toContain(String(taken));
  expect(one.moves()).toBe(1);
  const two = await share('two', taken);
  expect(two.listener.url()).toBe(one.listener.url());
  expect(await said(`http://127.0.0.1:${taken}`)).toBe('a stranger');
});

test('a stranger who takes the port while nobody has it makes the next one move, and say so', async () => {
  const taken = await stranger();
  await writeFile(file, `${taken}\n`);
  const one = await share('one', 1);
  expect(await agreed()).not.toBe(taken);
  expect(one.listener.url()).toBe(`http://127.0.0.1:${await agreed()}`);
  expect(await said(one.listener.url())).toBe('ours one');
});

test.each(['', 'soon', '0', '65536', '-1', '1.5'])(
  'a file that says %j has agreed on nothing',
  async (text) => {
    await writeFile(file, text);
    const { listener } = await share('one');
    expect(await said(listener.url())).toBe('ours one');
    expect(await agreed()).toBeGreaterThan(0);
  },
);

test('one that has ended takes no port over', async () => {
  const one = await share('one');
  await share('two');
  const url = one.listener.url();
  await ended(listeners.pop()!);
  await ended(listeners.pop()!);
  await new Promise((resolve) => setTimeout(resolve, 1_200)); // longer than the pause between two looks
  expect(await said(url)).toBe('');
});
