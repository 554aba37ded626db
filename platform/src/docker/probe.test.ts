import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { probe } from './probe.ts';

let server: Server | undefined;
const listen = async (answer: (socket: Socket) => void): Promise<number> => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // TCP, so not a string
};
afterEach(() => void server?.close());

test('any answer is ready where no path is known', async () => {
  const port = await listen((socket) => socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n'));
  expect(await probe(port, undefined, 2000)).toEqual({ state: 'ready' });
});

test('a connection that is cut at once is the engine, not the server', async () => {
  const port = await listen((socket) => socket.destroy());
  expect(await probe(port, undefined, 2000)).toMatchObject({ state: 'refuses' });
});

test('a connection that stays is a server', async () => {
  const port = await listen(() => undefined);
  expect(await probe(port, undefined, 100)).toEqual({ state: 'ready' });
  expect(await probe(port, '/readyz', 100)).toMatchObject({ state: 'silent' });
});

test('a path must answer well', async () => {
  const port = await listen((socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
  expect(await probe(port, '/readyz', 2000)).toEqual({
    state: 'refuses',
    detail: '/readyz answers with status 503',
  });
});
