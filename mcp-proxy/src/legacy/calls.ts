import type { JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';
import type { Refusal } from '../http/answer.ts';
import { type Exchange, failExchange, tickExchange } from '../http/exchange.ts';
import { type Message, metaOf, tokenOf } from '../json/message.ts';

/** The requests of one session that the child has not answered, by their ids. */
export interface Calls {
  /** False, and nothing done, while the id is in use. */
  readonly add: (message: Message, exchange: Exchange, answered?: Answered) => boolean;
  /** The call that a response answers; it is not under way any more. */
  readonly take: (id: JsonRpcId) => Call | undefined;
  /** The client does not want it any more: it fails unless the child answers soon. */
  readonly cancel: (id: JsonRpcId) => void;
  readonly failAll: (refusal: Refusal) => void;
  readonly byToken: (token: JsonRpcId) => Exchange | undefined;
  readonly all: () => Iterable<Call>;
  /** Those whose clients wait. */
  readonly waiting: () => number;
  readonly tick: (ticksPerBeat: number) => void;
}

/** Sees a response before it is sent. */
export type Answered = (message: Message) => void;

/** A request under way. A client that has gone leaves it so: only `notifications/cancelled` cancels in this era. */
interface Call {
  readonly exchange: Exchange;
  readonly token: JsonRpcId | undefined;
  readonly answered: Answered | undefined;
  grace: NodeJS.Timeout | undefined;
}

/** No calls yet. */
export function createCalls(cancelGraceMs: number): Calls {
  const calls = new Map<JsonRpcId, Call>();
  const tokens = new Map<JsonRpcId, Exchange>();

  const take = (id: JsonRpcId): Call | undefined => {
    const call = calls.get(id);
    if (call === undefined) return undefined;
    calls.delete(id);
    if (call.grace) clearTimeout(call.grace);
    const { token, exchange } = call;
    if (token !== undefined && tokens.get(token) === exchange) tokens.delete(token);
    return call;
  };
  const fail = (id: JsonRpcId, refusal: Refusal): void => {
    const call = take(id);
    if (call) failExchange(call.exchange, refusal);
  };

  return {
    add: (message, exchange, answered) => {
      if (calls.has(exchange.id)) return false;
      const token = tokenOf(metaOf(message.params).progressToken);
      calls.set(exchange.id, { exchange, token, answered, grace: undefined });
      if (token !== undefined) tokens.set(token, exchange);
      exchange.response.on('close', () => {
        exchange.gone = true;
      });
      return true;
    },
    take,
    cancel: (id) => {
      const call = calls.get(id);
      if (call) call.grace ??= setTimeout(fail, cancelGraceMs, id, cancelled);
    },
    failAll: (refusal) => {
      for (const id of calls.keys()) fail(id, refusal);
    },
    byToken: (token) => tokens.get(token),
    all: () => calls.values(),
    waiting: () => {
      let waiting = 0;
      for (const { exchange } of calls.values()) if (!exchange.gone) waiting += 1;
      return waiting;
    },
    tick: (ticksPerBeat) => {
      for (const { exchange } of calls.values()) tickExchange(exchange, ticksPerBeat);
    },
  };
}

const cancelled: Refusal = { status: 200, code: 499, message: 'The call was cancelled' };
