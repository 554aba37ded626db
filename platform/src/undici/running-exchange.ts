import type { Slotted } from '@mcp-gateway/core/domain/bag';
import type { EndExchange, Exchange, Outcome } from '@mcp-gateway/core/ports/relay';
import { beginAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { mayHaveBody } from './own-answer.ts';
import { AnswerTooLarge } from './passage.ts';
import type { ServerEvents } from './server-connection.ts';
import { BodyTooLarge, streamedBody } from './streamed-body.ts';

/** What all exchanges of a relay share. */
export interface Limits {
  readonly answerTimeoutMilliseconds: number;
  readonly heartbeatMilliseconds: number;
}

/** One exchange between its two connections: the server's tells what happens, the relay's clock calls `beat`. */
export interface RunningExchange extends ServerEvents, Slotted {
  readonly body: Buffer | AsyncIterable<Buffer> | null;
  beat: (now: number) => void;
  end: EndExchange;
  /** Cuts both sides. */
  cut: () => void;
}

/**
 * Starts to watch the client's side. `settle` is called exactly once; after that the server's connection must be
 * closed unless it is `reusable`.
 */
export function runningExchange(
  exchange: Exchange,
  limits: Limits,
  settle: (outcome: Outcome, reusable: boolean) => void,
): RunningExchange {
  const { request, response } = exchange;
  // A pipelined request has no connection of its own yet, so its response would not hear of the close.
  const watched = response.socket === null ? request.socket : response;
  watched.on('close', onClose);
  let since = performance.now();
  let connected = false;
  let settled = false;
  let complete = false;
  let answer: Answer | undefined;

  function finish(outcome: Outcome): void {
    if (settled) return;
    settled = true;
    watched.off('close', onClose);
    settle(outcome, complete);
  }

  function onClose(): void {
    finish(afterClose(response.writableFinished, answer));
  }

  return {
    slot: 0,
    body: exchange.body ?? (mayHaveBody(request) ? upload() : null),

    beat(now) {
      if (answer !== undefined) answer.beat(now);
      else if (now - since >= limits.answerTimeoutMilliseconds) {
        finish({ kind: 'timeout', answered: false });
      }
    },

    end(farewell) {
      if (answer?.endStream(farewell)) return true;
      if (!farewell.everything) return false;
      if (answer === undefined) finish({ kind: 'ended', answered: false });
      else answer.breakOff(new Error('ended by the gateway'));
      return true;
    },

    cut: () => void (answer === undefined ? request.socket : response).destroy(),

    onRequestStart() {
      connected = true;
    },

    onResponseStart(_, status, headers) {
      if (status < 200 || settled) return;
      if (status < 400 && status >= 300 && headers.location !== undefined) {
        finish({ kind: 'redirected', answered: false, status });
        return;
      }
      const begun = beginAnswer(exchange, status, headers, limits.heartbeatMilliseconds);
      if (typeof begun === 'object') answer = begun;
      else finish({ kind: begun, answered: false });
    },

    onResponseData: (flow, chunk) => answer?.pass(flow, chunk),

    onResponseEnd() {
      complete = true;
      answer?.end();
    },

    onResponseError(_, cause) {
      if (answer === undefined) finish(beforeAnswer(cause, connected));
      else answer.breakOff(cause);
    },
  };

  function upload(): AsyncIterable<Buffer> {
    return streamedBody(request, exchange.maxBodyBytes, (piece) => {
      since = performance.now();
      exchange.onBody?.(piece);
    });
  }
}

function afterClose(finished: boolean, answer: Answer | undefined): Outcome {
  if (answer === undefined) return { kind: 'gone', answered: true, bytes: 0 };
  const { status } = answer;
  const bytes = answer.bytes();
  const failure = answer.failure();
  if (failure?.cause instanceof AnswerTooLarge) return { kind: 'cut', answered: true, status, bytes }; // prettier-ignore
  if (failure !== undefined) return { kind: 'broken', answered: true, status, bytes, ...failure };
  return { kind: answer.ended() && finished ? 'done' : 'gone', answered: true, status, bytes };
}

function beforeAnswer(cause: unknown, connected: boolean): Outcome {
  if (cause instanceof BodyTooLarge) return { kind: 'too_large', answered: false };
  return { kind: connected ? 'failed' : 'refused', answered: false, cause };
}
