import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { ClientGone, wholeBody } from './request-body.ts';

const closing: (Server | Socket)[] = [];
afterEach(() => {
  for (const each of closing.splice(0)) {
    if ('closeAllConnections' in each) each.close().closeAllConnections();
    else each.destroy();
  }
});

/** A request of which only the head and `sent` have come. */
async function requestWith(head: string, sent: string): Promise<[IncomingMessage, Socket]> {
  const server = createServer();
  closing.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // it listens on a port
  closing.push(socket.on('error', () => undefined));
  const arrived = once(server, 'request') as Promise<[IncomingMessage]>;
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${sent}`);
  return [(await arrived)[0], socket];
}

test('a small body that comes in pieces is whole', async () => {
  const [request, socket] = await requestWith('Content-Length: 10', 'hello');
  const body = wholeBody(request, 100);
  socket.write('world');
  expect(String(await body)).toBe('helloworld');
});

test('a client that stalls in a small body is not waited for', async () => {
  const [request] = await requestWith('Content-Length: 10', 'hello');
  await expect(wholeBody(request, 100, { milliseconds: 50 })).rejects.toBeInstanceOf(ClientGone);
});

test('a client that breaks off is gone', async () => {
  const [request, socket] = await requestWith('Content-Length: 10', 'hello');
  const body = wholeBody(request, 100);
  socket.destroy();
  await expect(body).rejects.toBeInstanceOf(ClientGone);
});
