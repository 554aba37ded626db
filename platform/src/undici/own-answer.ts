import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OwnAnswer } from '@mcp-gateway/core/ports/relay';

const LINGER_MILLISECONDS = 1_000;

/** Answers at once, also while the client still sends its body; an answer that has begun is cut instead. */
export function ownAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: OwnAnswer,
): void {
  if (response.headersSent) return void response.destroy();
  const bytes = Buffer.from(body);
  const framed = [...headers, 'Content-Length', String(bytes.length)];
  if (!bodyIsOpen(request)) return void response.writeHead(status, framed).end(bytes);
  response.writeHead(status, [...framed, 'Connection', 'close']).write(bytes);
  endWhenRead(request, response);
}

/**
 * Ends the response once the client has sent its body, or a moment later: closing a connection while bytes arrive
 * would reset it, and the client could lose the answer (RFC 9112 section 9.6).
 */
export function endWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MILLISECONDS);
  request.once('end', end).once('close', end).resume();
}

/** True while the client may still be sending the body of its request. */
export function bodyIsOpen(request: IncomingMessage): boolean {
  return !request.complete && mayHaveBody(request);
}

/** True for a request that has a body. */
export function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
