import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server on a free port of this machine. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
  readonly origin: string;
}

/** A client that speaks exactly the bytes it is told to. */
export interface RawClient {
  readonly socket: Socket;
  send: (text: string) => void;
  /** Everything received so far, as Latin-1. */
  received: () => string;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/** Servers and clients of one test, closed by `close`. */
export interface Loopback {
  serve: (handler: RequestListener) => Promise<Listening>;
  client: (port: number) => Promise<RawClient>;
  close: () => Promise<void>;
}

/** Nothing is open yet. */
export function loopback(): Loopback {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  return {
    async serve(handler) {
      const server = createServer(handler);
      servers.push(server);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo; // it listens on a port
      return { server, port, origin: `http://127.0.0.1:${port}` };
    },
    async client(port) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => {
        socket.once('close', () => {
          resolve();
        });
      });
      await once(socket, 'connect');
      return {
        socket,
        send: (bytes) => void socket.write(bytes, 'latin1'),
        received: () => text,
        closed,
      };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => stopped(server)));
    },
  };
}

/** Resolves when `condition` holds; rejects after a deadline that a loaded machine can meet. */
export async function until(condition: () => boolean, milliseconds = 15_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so in time: ${String(condition)}`);
    await delay(5);
  }
}

async function stopped(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
