import type { ServerResponse } from 'node:http';

const LARGE = 16 * 1024;

/** Sends the head of an event stream at once. */
export function beginEvents(
  response: ServerResponse,
  headers?: Readonly<Record<string, string>>,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...headers,
  });
}

/** Sends one message, which holds no line break. */
export function sendEvent(response: ServerResponse, message: string | Buffer): void {
  if (typeof message === 'string' && message.length < LARGE) {
    response.write(`event: message\ndata: ${message}\n\n`);
    return;
  }
  response.cork();
  response.write('event: message\ndata: ');
  response.write(message);
  response.write('\n\n');
  response.uncork();
}

/** A comment, which clients ignore; it keeps the connection alive. */
export function sendHeartbeat(response: ServerResponse): void {
  response.write(': \n\n');
}
