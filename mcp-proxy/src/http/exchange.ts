import type { ServerResponse } from 'node:http';
import type { JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';
import type { Accepted } from './accept.ts';
import { refusalBody, type Refusal, sendJson } from './answer.ts';
import { beginEvents, sendEvent, sendHeartbeat } from './event-stream.ts';
import type { Outflow } from './outflow.ts';

/** A request that waits for its answer; plain data with functions beside, since there is one for each call. */
export interface Exchange {
  readonly response: ServerResponse;
  readonly id: JsonRpcId;
  readonly accepts: Accepted;
  readonly outflow: Outflow;
  /** Sent with the head of the answer. */
  headers: Readonly<Record<string, string>> | undefined;
  /** An event stream has begun. */
  streaming: boolean;
  /** The client has gone, or has its answer. */
  gone: boolean;
  /** Ticks since the last byte. */
  quiet: number;
}

/** An exchange that has sent nothing yet. */
export function createExchange(
  response: ServerResponse,
  id: JsonRpcId,
  accepts: Accepted,
  outflow: Outflow,
): Exchange {
  return {
    response,
    id,
    accepts,
    outflow,
    headers: undefined,
    streaming: false,
    gone: false,
    quiet: 0,
  };
}

/** True where something may come before the answer. */
export function canStream(exchange: Exchange): boolean {
  return !exchange.gone && exchange.accepts.events;
}

/** Sends a message that comes before the answer; the answer is an event stream from here on. */
export function streamMessage(exchange: Exchange, message: string | Buffer): void {
  if (exchange.gone) return;
  beginStream(exchange);
  exchange.quiet = 0;
  sendEvent(exchange.response, message);
  exchange.outflow.wrote(exchange.response);
}

/** Sends the answer and ends the exchange; `status` counts while no event stream has begun. */
export function finishExchange(exchange: Exchange, message: string | Buffer, status = 200): void {
  if (exchange.gone) return;
  exchange.gone = true;
  const { response } = exchange;
  if (exchange.streaming || !(exchange.accepts.json || status !== 200)) {
    beginStream(exchange);
    sendEvent(response, message);
    response.end();
  } else sendJson(response, status, message, exchange.headers);
  exchange.outflow.wrote(response);
}

/** Ends the exchange with an error of the bridge's own. */
export function failExchange(exchange: Exchange, refusal: Refusal): void {
  exchange.headers = undefined;
  finishExchange(exchange, refusalBody(exchange.id, refusal), refusal.status);
}

/** Called a few times in each heartbeat: keeps a silent answer alive, for which it becomes an event stream. */
export function tickExchange(exchange: Exchange, ticksPerBeat: number): void {
  exchange.quiet += 1;
  if (exchange.quiet < ticksPerBeat || !canStream(exchange)) return;
  beginStream(exchange);
  exchange.quiet = 0;
  sendHeartbeat(exchange.response);
}

function beginStream(exchange: Exchange): void {
  if (exchange.streaming) return;
  exchange.streaming = true;
  beginEvents(exchange.response, exchange.headers);
}
