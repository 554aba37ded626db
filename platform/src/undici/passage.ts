import type { AnswerHeaders, Exchange } from '@mcp-gateway/core/ports/relay';
import { isEventStream } from './event-stream.ts';

/** What of a server's answer goes on to the client. */
export interface Passage {
  /** What goes on now; throws when no more may. */
  take: (chunk: Buffer) => Buffer;
  /** What goes on when the server has ended. */
  rest: () => Buffer | undefined;
  /** Of the body that the server has sent so far. */
  bytes: () => number;
  /** Whether the bytes go on as they came. */
  readonly isPlain: boolean;
}

/** An answer grew beyond its limit. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** The passage for an answer with this head, or why it must not begin. */
export function passageFor(
  exchange: Exchange,
  status: number,
  headers: AnswerHeaders,
): Passage | 'unreadable' | 'answer_too_large' {
  const filter = exchange.filter?.(headers);
  if (filter === 'unreadable') return filter;
  const limit = limitOf(exchange, status, headers);
  if (Number(headers['content-length'] ?? 0) > limit) return 'answer_too_large';
  let bytes = 0;
  return {
    isPlain: filter === undefined,
    bytes: () => bytes,
    take(chunk) {
      bytes += chunk.length;
      if (bytes > limit) throw new AnswerTooLarge();
      return filter === undefined ? chunk : filter.pass(chunk);
    },
    rest: () => filter?.end(),
  };
}

function limitOf(
  { request, maxAnswerBytes }: Exchange,
  status: number,
  headers: AnswerHeaders,
): number {
  if (maxAnswerBytes === undefined) return Infinity;
  const endless = request.method === 'GET' && isEventStream(status, headers);
  // What an answer to HEAD says of a length is not the length of what comes.
  return endless || request.method === 'HEAD' ? Infinity : maxAnswerBytes;
}
