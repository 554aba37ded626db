import { createServer } from 'node:net';

/** Below the ports that systems hand out by themselves, so that nobody gets one of these by chance. */
const FIRST = 20_000;
const COUNT = 10_000;
const ATTEMPTS = 200;

/** A port of 127.0.0.1 on which nothing listens and that is not `taken`. */
export async function freePort(isTaken: (port: number) => boolean): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!isTaken(port) && (await canListen(port)) && !isTaken(port)) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
