import type { Refusal } from '../http/answer.ts';
import { type Exchange, failExchange, tickExchange } from '../http/exchange.ts';
import { type Message, metaOf } from '../json/message.ts';
import { META } from './envelope.ts';
import type { ClientNames } from './rewrite.ts';

/** A request of a client under way. */
interface Call {
  readonly exchange: Exchange;
  readonly names: ClientNames;
  readonly subscription: boolean;
  readonly wantsLogs: boolean;
}

/** A question of the bridge's own; answered with `undefined` when no answer can come any more. */
export type OwnAnswer = (message: Message | undefined) => void;

/** The requests that one modern child has not answered, by numbers of ours. */
export interface ModernCalls {
  readonly add: (call: Call) => number;
  readonly ask: (answer: OwnAnswer) => number;
  readonly take: (number: number) => Call | undefined;
  readonly takeOwn: (number: number) => OwnAnswer | undefined;
  /** The call that a notification is about. */
  readonly about: (message: Message) => Call | undefined;
  readonly failAll: (refusal: Refusal) => void;
  /** Calls whose clients wait, without subscriptions, which wait for ever. */
  readonly waiting: () => number;
  readonly empty: () => boolean;
  readonly tick: (ticksPerBeat: number) => void;
}

/** Nothing under way; numbers are never used twice. */
export function createModernCalls(): ModernCalls {
  const calls = new Map<number, Call>();
  const own = new Map<number, OwnAnswer>();
  let last = 0;

  return {
    add: (call) => {
      last += 1;
      calls.set(last, call);
      return last;
    },
    ask: (answer) => {
      last += 1;
      own.set(last, answer);
      return last;
    },
    take: (number) => taken(calls, number),
    takeOwn: (number) => taken(own, number),
    about: (message) => callOf(message, calls),
    failAll: (refusal) => {
      for (const { exchange } of calls.values()) failExchange(exchange, refusal);
      calls.clear();
      for (const answer of own.values()) answer(undefined);
      own.clear();
    },
    waiting: () => {
      let waiting = 0;
      for (const { subscription } of calls.values()) if (!subscription) waiting += 1;
      return waiting;
    },
    empty: () => calls.size === 0,
    tick: (ticksPerBeat) => {
      for (const { exchange } of calls.values()) tickExchange(exchange, ticksPerBeat);
    },
  };
}

function taken<T>(map: Map<number, T>, number: number): T | undefined {
  const value = map.get(number);
  map.delete(number);
  return value;
}

/** Logs say nothing of their call, so they go to the only one who asked for logs, or to nobody. */
function callOf({ method, params }: Message, calls: ReadonlyMap<number, Call>): Call | undefined {
  if (method === 'notifications/message') {
    const wanting = [...calls.values()].filter(({ wantsLogs }) => wantsLogs);
    return wanting.length === 1 ? wanting[0] : undefined;
  }
  const number = metaOf(params)[META.subscription] ?? params?.progressToken ?? params?.requestId;
  return typeof number === 'number' ? calls.get(number) : undefined;
}
