import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './error-code.ts';

/** Longer than the 60 s that load balancers keep an idle connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 30_000;
/** Twice what Node takes by itself: tokens with many groups have 16 KiB alone. */
const HEADERS_BYTES = 32 * 1024;
const FREE_PORT_ATTEMPTS = 10;
const SWEEP_MS = 50;

/** One port, on each of the addresses that its host name stands for. */
export interface Listener {
  readonly port: number;
  /** Says with each answer that its connection is over; resolves when nobody uses any, at the latest after that time. */
  leave: (milliseconds: number) => Promise<void>;
  /** Takes no new connection and ends idle ones; resolves when the last has ended. */
  close: () => Promise<void>;
  /** Cuts every connection. */
  cut: () => void;
}

/** The origin of what listens on `host` and `port`, for clients on this machine. */
export function originOf(host: string, port: number): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(`http://${name}:${port}`).origin;
}

/** Listens on `host` and `port` (0 for a free one); `localhost` is 127.0.0.1 and, where there is one, ::1. */
export async function listen(
  handler: RequestListener,
  host: string,
  port: number,
): Promise<Listener> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(handler, host, port);
    } catch (error) {
      // The port that was free for the first address is taken on the second.
      if (port !== 0 || errorCode(error) !== 'EADDRINUSE' || attempt >= FREE_PORT_ATTEMPTS)
        throw error;
    }
  }
}

interface Bound {
  readonly server: Server;
  readonly unused: ReadonlySet<Socket>;
  readonly used: ReadonlySet<Socket>;
}

async function listenOnce(
  handler: RequestListener,
  host: string,
  wanted: number,
): Promise<Listener> {
  const [address = host, ...others] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  const first = await bind(handler, address, wanted);
  const { port } = first.server.address() as AddressInfo; // bound to a port, so it is no path
  const servers = [first];
  const listener = {
    port,
    leave: (milliseconds: number) => leaveAll(servers, milliseconds),
    close: () => closeAll(servers),
    cut: () => cutAll(servers),
  };
  try {
    for (const other of others) servers.push(await bind(handler, other, port));
  } catch (error) {
    if (errorCode(error) !== 'EADDRNOTAVAIL' && errorCode(error) !== 'EAFNOSUPPORT') {
      await listener.close();
      throw error;
    }
  }
  return listener;
}

function bind(handler: RequestListener, host: string, port: number): Promise<Bound> {
  // No limit on a whole request: bodies may stream for as long as their servers take them in.
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADERS_BYTES,
    },
    handler,
  );
  server.on('clientError', refuse);
  const { unused, used } = connections(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port }, () => {
      server.off('error', reject);
      resolve({ server, unused, used });
    });
  });
}

/**
 * Connections that have not asked anything yet, and the others. Browsers and pools connect ahead of need; for Node such
 * a connection is never idle, so it would hold up the end.
 */
function connections(server: Server): Pick<Bound, 'unused' | 'used'> {
  const unused = new Set<Socket>();
  const used = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => {
      unused.delete(socket);
      used.delete(socket);
    });
  });
  server.on('request', ({ socket }) => {
    if (unused.delete(socket)) used.add(socket);
  });
  return { unused, used };
}

/** Answers what is no HTTP and closes; a connection that is gone or mid-answer is only closed. */
function refuse(
  error: Error & { code?: string },
  socket: Duplex & { bytesWritten?: number },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable || (socket.bytesWritten ?? 0) > 0) {
    socket.destroy();
    return;
  }
  const status = statusOf(error.code);
  const phrase = STATUS_CODES[status] ?? '';
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

/** Who is told beforehand sends nothing at the very moment in which an idle connection is closed. */
async function leaveAll(bound: readonly Bound[], milliseconds: number): Promise<void> {
  for (const { server } of bound) {
    server.prependListener('request', (_, response) => (response.shouldKeepAlive = false));
  }
  const end = performance.now() + milliseconds;
  while (performance.now() < end && bound.some(({ used }) => used.size > 0)) await sleep(SWEEP_MS);
}

/** A connection that was busy at first is closed when its answer has ended, not when its idle time has. */
async function closeAll(bound: readonly Bound[]): Promise<void> {
  const sweep = setInterval(() => {
    for (const { server } of bound) server.closeIdleConnections();
  }, SWEEP_MS);
  const closed = bound.map(({ server }) => new Promise((resolve) => server.close(resolve)));
  for (const socket of bound.flatMap(({ unused }) => [...unused])) socket.destroy();
  await Promise.all(closed);
  clearInterval(sweep);
}

function cutAll(bound: readonly Bound[]): void {
  for (const { server } of bound) server.closeAllConnections();
}
