import type { AnswerHeaders, Exchange, Farewell } from '@mcp-gateway/core/ports/relay';
import { eventStream, isEventStream } from './event-stream.ts';
import { leaving } from './leaving.ts';
import { bodyIsOpen, endWhenRead } from './own-answer.ts';
import { passageFor } from './passage.ts';
import type { Flow } from './server-connection.ts';

const FLUSH_MILLISECONDS = 10_000;
/** Up to this size head and body are one string, which costs one cheap write. */
const JOINED_BYTES = 16 * 1024;

/** The client's side of an exchange from the server's head on. */
export interface Answer {
  readonly status: number;
  /**
   * True once the whole answer, or all that it shall get, was handed over. No getter: V8 makes a hidden class for
   * each object literal that has one, and those keep all that the getter sees until the next full collection.
   */
  ended: () => boolean;
  /** Of the body that the server has sent. */
  bytes: () => number;
  pass: (flow: Flow, chunk: Buffer) => void;
  end: () => void;
  /** Ends an event stream as soon as nothing is open in it; false where there is no stream that can be ended so. */
  endStream: (farewell: Farewell) => boolean;
  /** Lets the client see that the answer is not whole. */
  breakOff: (cause: unknown) => void;
  /** Why it was broken off, if it was. */
  failure: () => { readonly cause: unknown } | undefined;
  beat: (now: number) => void;
}

/** Sends the head on, at once, and keeps the stream alive that may follow; or says why this answer must not begin. */
export function beginAnswer(
  exchange: Exchange,
  status: number,
  headers: AnswerHeaders,
  heartbeatMilliseconds: number,
): Answer | 'unreadable' | 'answer_too_large' {
  const { request, response } = exchange;
  const passage = passageFor(exchange, status, headers);
  if (typeof passage === 'string') return passage;
  const isStream = request.method !== 'HEAD' && isEventStream(status, headers);
  const stream = isStream ? eventStream(response, heartbeatMilliseconds) : undefined;
  const leave = stream && leaving(exchange, stream, { end, cut: breakOff });
  let ended = false;
  let failure: { readonly cause: unknown } | undefined;
  let cutAt = Infinity;
  sendHead(exchange, status, headers, () => ended);

  function end(): void {
    if (ended) return;
    ended = true;
    if (bodyIsOpen(request)) endWhenRead(request, response);
    else response.end();
  }

  function breakOff(cause: unknown): void {
    if (ended || failure !== undefined) return;
    failure = { cause };
    cutAt = performance.now() + FLUSH_MILLISECONDS;
    cutOff(exchange);
  }

  function write(flow: Flow, bytes: Buffer): void {
    if (bytes.length === 0) return;
    stream?.passed(bytes);
    const flowing = response.write(bytes);
    leave?.step();
    if (!ended && !flowing) pauseUntilDrained(flow, response);
  }

  return {
    status,
    ended: () => ended,
    bytes: passage.bytes,
    pass(flow, chunk) {
      if (ended || failure !== undefined) return;
      const passing = attempt(() => passage.take(chunk), breakOff);
      if (passing === undefined) return;
      if (passage.isPlain && isWhole(chunk, headers) && !bodyIsOpen(request)) {
        ended = true;
        response.end(chunk.toString('latin1'), 'latin1');
      } else write(flow, passing);
    },
    end() {
      const rest = ended || failure !== undefined ? undefined : attempt(passage.rest, breakOff);
      if (rest !== undefined && rest.length > 0) response.write(rest);
      if (failure === undefined) end();
    },
    endStream(last) {
      if (leave === undefined || ended) return ended;
      if (!last.everything && request.method !== 'GET' && last.event === undefined) return false;
      leave.begin(last);
      return true;
    },
    breakOff,
    failure: () => failure,
    beat(now) {
      if (now > cutAt) response.destroy();
      else if (!ended && cutAt === Infinity) stream?.beat(now);
    },
  };
}

function sendHead(
  { request, response, onHead }: Exchange,
  status: number,
  headers: AnswerHeaders,
  isOver: () => boolean,
): void {
  const forClient = onHead(status, headers);
  if (bodyIsOpen(request)) forClient.push('Connection', 'close');
  response.writeHead(status, forClient);
  // In this turn of the loop, so that what the server has sent with its head can go along.
  process.nextTick(() => {
    if (!isOver()) response.flushHeaders();
  });
}

function attempt<T>(work: () => T, failed: (cause: unknown) => void): T | undefined {
  try {
    return work();
  } catch (cause) {
    failed(cause);
    return undefined;
  }
}

function cutOff({ request, response }: Exchange): void {
  // Without chunks (HTTP/1.0) an orderly close would look like the end of the answer.
  if (request.httpVersion === '1.0') response.socket?.resetAndDestroy();
  else if (response.writableLength === 0) response.destroy();
  else response.socket?.destroySoon(); // what is on its way may still arrive
}

/** Whether this is all of a small body. */
function isWhole(chunk: Buffer, headers: AnswerHeaders): boolean {
  return chunk.length <= JOINED_BYTES && headers['content-length'] === String(chunk.length);
}

function pauseUntilDrained(flow: Flow, response: Exchange['response']): void {
  flow.pause();
  response.once('drain', () => {
    flow.resume();
  });
}
