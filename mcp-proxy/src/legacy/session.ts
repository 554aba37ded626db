import type { ServerResponse } from 'node:http';
import { isId } from '@mcp-gateway/core/domain/json-rpc';
import { crash } from '../child/crash.ts';
import { hear } from '../child/hear.ts';
import type { Child } from '../child/child.ts';
import type { Refusal } from '../http/answer.ts';
import { canStream, type Exchange, finishExchange, streamMessage } from '../http/exchange.ts';
import type { Outflow } from '../http/outflow.ts';
import type { ChildLine } from '../json/child-line.ts';
import type { Message } from '../json/message.ts';
import { type Answered, createCalls } from './calls.ts';
import { createGetStream, type GetStream } from './get-stream.ts';
import { destinationOf } from './routing.ts';

/** One client's session: a child of its own and what is under way with it. */
export interface Session {
  readonly id: string;
  readonly child: Child;
  readonly outflow: Outflow;
  /** Sends a request; false, and nothing done, while its id is in use. */
  readonly call: (
    message: Message,
    line: string | Buffer,
    exchange: Exchange,
    answered?: Answered,
  ) => boolean;
  /** Sends a notification, or the client's answer to a question of the child. */
  readonly tell: (message: Message, line: string | Buffer) => void;
  /** Makes `response` the stream of what belongs to no call; false while there is one. */
  readonly listen: (response: ServerResponse) => boolean;
  /** Calls whose clients wait. */
  readonly waiting: () => number;
  /** When it was last used; `undefined` while somebody waits or listens. */
  readonly idleSince: () => number | undefined;
  readonly tick: (ticksPerBeat: number) => void;
  /** Answers whoever waits with `refusal`, then ends the child. */
  readonly close: (refusal: Refusal) => Promise<void>;
}

export interface SessionOptions {
  readonly id: string;
  readonly child: Child;
  readonly outflow: Outflow;
  readonly cancelGraceMs: number;
  /** Told when the child is gone by itself. */
  readonly ended: () => void;
}

/** A session over a child that nobody else talks to. */
export function createSession(options: SessionOptions): Session {
  const { id, child, outflow } = options;
  const calls = createCalls(options.cancelGraceMs);
  const stream = createGetStream(outflow);
  let used = Date.now();

  const answer = ({ message, text }: ChildLine): void => {
    const call = isId(message.id) ? calls.take(message.id) : undefined;
    if (call === undefined) return;
    used = Date.now();
    call.answered?.(message);
    finishExchange(call.exchange, text);
  };
  const route = ({ message, text }: ChildLine): void => {
    const destination = destinationOf(message, {
      calls: calls.all(),
      byToken: calls.byToken,
      listening: stream.isOpen(),
    });
    const kind = message.id === undefined ? 'notification' : 'question';
    if (destination === 'stream') stream.send({ kind, text });
    else if (destination !== 'drop') streamMessage(destination, text);
  };
  const failAll = (refusal: Refusal): void => {
    calls.failAll(refusal);
    stream.end();
  };
  const tell = (line: string | Buffer): void => {
    used = Date.now();
    child.send(line);
  };

  hear(child, {
    response: answer,
    statement: route,
    exit: (exit) => {
      options.ended();
      failAll(crash(exit));
    },
  });

  return {
    id,
    child,
    outflow,
    call: (message, line, exchange, answered) => {
      if (!calls.add(message, exchange, answered)) return false;
      askOn(exchange, stream);
      tell(line);
      return true;
    },
    tell: (message, line) => {
      tell(line);
      const cancelled = message.params?.requestId;
      if (message.method === 'notifications/cancelled' && isId(cancelled)) calls.cancel(cancelled);
    },
    listen: (response) => {
      used = Date.now();
      return stream.open(response, { 'mcp-session-id': id });
    },
    waiting: calls.waiting,
    idleSince: () => (stream.isOpen() || calls.waiting() > 0 ? undefined : used),
    tick: (ticksPerBeat) => {
      calls.tick(ticksPerBeat);
      stream.tick(ticksPerBeat);
    },
    close: (refusal) => {
      failAll(refusal);
      return child.end();
    },
  };
}

/** A client that never listens would leave the child waiting for its answers, and with it this call. */
function askOn(exchange: Exchange, stream: GetStream): void {
  if (!canStream(exchange)) return;
  for (const { text } of stream.takeQuestions()) streamMessage(exchange, text);
}
