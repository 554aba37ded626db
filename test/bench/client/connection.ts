import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';
import { answerParser } from './answer-parser.ts';
import type { Socket } from 'node:net';
import type { HttpAnswer } from './answer-parser.ts';

const PATIENCE_MS = 60_000;

/** A kept-alive connection that carries one exchange at a time; opens again when the server has closed it idle. */
export interface Connection {
  /** Sends the bytes of one request; rejects when the connection breaks or is silent for a minute. */
  exchange(request: string | Buffer): Promise<HttpAnswer>;
  /** Sends the bytes of one request and reads none of the answer. */
  neverRead(request: string | Buffer): void;
  close(): void;
}

/** Opens a connection to a port of this machine. */
export async function connect(port: number): Promise<Connection> {
  let waiting: PromiseWithResolvers<HttpAnswer> | undefined;
  let current: Socket | undefined = await open();

  async function open(): Promise<Socket> {
    const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer within a minute')));
    const parse = answerParser((answer) => {
      const answered = waiting;
      waiting = undefined;
      answered?.resolve(answer);
    });
    socket.on('data', (bytes) => {
      try {
        parse(bytes);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    let failure = new Error('the connection was closed');
    socket.on('error', (error) => (failure = error));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      current = undefined;
      waiting?.reject(failure);
      waiting = undefined;
    });
    return socket;
  }

  function send(socket: Socket, request: string | Buffer): Promise<HttpAnswer> {
    waiting = Promise.withResolvers();
    socket.write(request, 'latin1');
    return waiting.promise;
  }

  return {
    exchange: (request) => (current ? send(current, request) : reopened(request)),
    neverRead: (request) => {
      current?.pause();
      current?.setTimeout(0);
      current?.write(request, 'latin1');
    },
    close: () => current?.destroy(),
  };

  async function reopened(request: string | Buffer): Promise<HttpAnswer> {
    current = await open();
    return send(current, request);
  }
}
