import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { listen, type Listener } from './server.ts';

const listeners: Listener[] = [];

async function serve(host: string, port = 0): Promise<Listener> {
  const listener = await listen((_, response) => response.end('here'), host, port);
  listeners.push(listener);
  return listener;
}

afterEach(async () => {
  for (const listener of listeners.splice(0)) {
    listener.cut();
    await listener.close();
  }
});

test('localhost is one port on both of its addresses', async () => {
  const { port } = await serve('localhost');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  if (await hasIpv6()) expect(await (await fetch(`http://[::1]:${port}/`)).text()).toBe('here');
});

test('a port in use is an error that names it, and leaves nothing listening', async () => {
  const taken = createServer().listen(0, '::1');
  const listens = await once(taken, 'listening').then(
    () => true,
    () => false,
  );
  if (!listens) return; // a machine without IPv6 has no second address to be taken
  const { port } = taken.address() as { port: number };
  await expect(serve('localhost', port)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  taken.close();
});

test.each([
  ['what is no HTTP', 'hello\r\n\r\n', 400],
  ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400], // prettier-ignore
  ['a request without a host', 'GET / HTTP/1.1\r\n\r\n', 400],
])('%s is answered and its connection closed', async (_, text, status) => {
  const { port } = await serve('127.0.0.1');
  const socket = connect(port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket.setEncoding('latin1')) answer += String(chunk);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('leaving serves whoever asks, says that the connection is over, and ends when nobody has one', async () => {
  const { port, leave } = await serve('127.0.0.1');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const connectionHeader = async (): Promise<string | undefined> => {
    const asked = get({ port, host: '127.0.0.1', agent });
    const [response] = (await once(asked, 'response')) as [IncomingMessage]; // as node:http documents
    expect(await text(response)).toBe('here');
    return response.headers.connection;
  };
  expect(await connectionHeader()).toBe('keep-alive');
  const left = leave(20_000);
  expect(await connectionHeader()).toBe('close');
  const since = performance.now();
  await left;
  expect(performance.now() - since).toBeLessThan(10_000);
});

test('leaving does not wait for longer than it may', async () => {
  const listener = await serve('127.0.0.1');
  await (await fetch(`http://127.0.0.1:${listener.port}/`)).text();
  await listener.leave(100);
});

test('closing ends idle connections and waits for busy ones', async () => {
  let finish = (): void => undefined;
  const listener = await listen(
    (_, response) => {
      response.write('begun ');
      finish = () => response.end('ended');
    },
    '127.0.0.1',
    0,
  );
  const response = await fetch(`http://127.0.0.1:${listener.port}/`);
  let closed = false;
  const closing = listener.close().then(() => (closed = true));
  await expect(fetch(`http://127.0.0.1:${listener.port}/`)).rejects.toThrow();
  expect(closed).toBe(false);
  finish();
  expect(await response.text()).toBe('begun ended'); // and its connection could be used again
  await closing;
});

test('a connection on which nothing was asked yet does not hold up the closing', async () => {
  const listener = await serve('127.0.0.1');
  const socket = connect(listener.port, '127.0.0.1');
  await once(socket, 'connect');
  await fetch(`http://127.0.0.1:${listener.port}/`); // so the server has seen the other one
  const ended = once(socket.resume(), 'close');
  await listener.close();
  await ended;
});

async function hasIpv6(): Promise<boolean> {
  const probe = createServer().listen(0, '::1');
  const works = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  probe.close();
  return works;
}
