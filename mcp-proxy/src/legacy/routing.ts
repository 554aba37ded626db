import type { JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';
import { canStream, type Exchange } from '../http/exchange.ts';
import { type Message, tokenOf } from '../json/message.ts';

/** What a session has under way. */
export interface Underway {
  readonly calls: Iterable<{ readonly exchange: Exchange }>;
  readonly byToken: (token: JsonRpcId) => Exchange | undefined;
  /** The client listens on a GET stream. */
  readonly listening: boolean;
}

/** Where a message goes that is no response: a call, the GET stream or what will be it, or nowhere. */
export type Destination = Exchange | 'stream' | 'drop';

/**
 * Chooses the stream of a child's notification or request. Progress belongs to its call. News about lists belong to no
 * call. All else belongs to the running call where there is only one to be meant; a call whose client has gone is none.
 */
export function destinationOf(message: Message, underway: Underway): Destination {
  const { method = '', params } = message;
  if (method === 'notifications/progress') {
    const token = tokenOf(params?.progressToken);
    const exchange = token === undefined ? undefined : underway.byToken(token);
    if (exchange && canStream(exchange)) return exchange;
    return underway.listening ? 'stream' : 'drop';
  }
  if (isNews(method)) return 'stream';
  const live: Exchange[] = [];
  for (const { exchange } of underway.calls) if (canStream(exchange)) live.push(exchange);
  const newest = live.at(-1);
  if (newest && (live.length === 1 || !underway.listening)) return newest;
  return 'stream';
}

function isNews(method: string): boolean {
  return method.endsWith('/list_changed') || method === 'notifications/resources/updated';
}
