import { type JsonRpcId, RPC } from '@mcp-gateway/core/domain/json-rpc';
import { crash } from '../child/crash.ts';
import type { Child } from '../child/child.ts';
import { hear } from '../child/hear.ts';
import type { Refusal } from '../http/answer.ts';
import {
  canStream,
  createExchange,
  type Exchange,
  failExchange,
  finishExchange,
  streamMessage,
} from '../http/exchange.ts';
import type { Outflow } from '../http/outflow.ts';
import type { Post } from '../http/post.ts';
import { type ChildLine, wholeMessage } from '../json/child-line.ts';
import { isRecord, type Message, metaOf } from '../json/message.ts';
import { META } from './envelope.ts';
import { createModernCalls, type ModernCalls, type OwnAnswer } from './modern-calls.ts';
import { paramRefusal } from './param-headers.ts';
import { notificationToClient, responseToClient, toChild } from './rewrite.ts';
import { createToolHeaders } from './tool-headers.ts';

/** A primed child that serves all requests of one caller at once. */
export interface ModernChild {
  readonly child: Child;
  /** Answers in any case. */
  readonly call: (post: Post, id: JsonRpcId) => void;
  readonly notify: (message: Message, line: string | Buffer) => void;
  /** Calls whose clients wait, without subscriptions, which wait for ever. */
  readonly waiting: () => number;
  /** When it was last used; `undefined` while anything is open. */
  readonly idleSince: () => number | undefined;
  readonly tick: (ticksPerBeat: number) => void;
  /** Answers whoever waits with `refusal`, then ends the child. */
  readonly close: (refusal: Refusal) => Promise<void>;
}

export interface ModernChildOptions {
  readonly child: Child;
  readonly outflow: Outflow;
  /** The revision in which the bridge asks its own questions. */
  readonly version: string;
  readonly toolListMs: number;
  /** Told when the child is gone by itself. */
  readonly ended: () => void;
}

/** Gives each request a number that is its own among all clients, towards the child alone. */
export function createModernChild(options: ModernChildOptions): ModernChild {
  const { child, outflow } = options;
  const calls = createModernCalls();
  const ask = (method: string, params: object, answer: OwnAnswer): void => {
    child.send(JSON.stringify({ jsonrpc: '2.0', id: calls.ask(answer), method, params }));
  };
  const tools = createToolHeaders(ask, options.version, options.toolListMs);
  let used = Date.now();

  hear(child, {
    response: (line) => {
      used = Date.now();
      respond(line, calls);
    },
    statement: (line) => {
      const { id, method = '' } = line.message;
      if (method.endsWith('/list_changed')) tools.forget();
      if (id !== undefined) child.send(refuseQuestion(id));
      else pass(line, calls);
    },
    exit: (exit) => {
      options.ended();
      calls.failAll(crash(exit));
    },
  });

  return {
    child,
    call: (post, id) => {
      used = Date.now();
      const exchange = createExchange(post.response, id, post.accepts, outflow);
      const { name, arguments: args } = post.message.params ?? {};
      if (post.message.method !== 'tools/call' || typeof name !== 'string') {
        send(post, exchange, child, calls);
        return;
      }
      tools.of(name, (declared) => {
        const refusal = paramRefusal(declared, args, post.request.headers);
        if (refusal) failExchange(exchange, refusal);
        else send(post, exchange, child, calls);
      });
    },
    notify: (message, line) => {
      used = Date.now();
      // Ids of clients mean nothing to the child, and who wants to cancel closes the stream.
      if (message.method !== 'notifications/cancelled') child.send(line);
    },
    waiting: calls.waiting,
    idleSince: () => (calls.empty() ? used : undefined),
    tick: calls.tick,
    close: (refusal) => {
      calls.failAll(refusal);
      return child.end();
    },
  };
}

function send(post: Post, exchange: Exchange, child: Child, calls: ModernCalls): void {
  const { message, line, response } = post;
  // It may have left while we asked for the tools, or while the child was primed.
  if (response.destroyed) return;
  const { names, text } = toChild(line.toString());
  const number = calls.add({
    exchange,
    names,
    subscription: message.method === 'subscriptions/listen',
    wantsLogs: META.logLevel in metaOf(message.params),
  });
  response.on('close', () => {
    // In this era a client cancels by leaving (MCP 2026-07-28 streamable HTTP, cancellation).
    if (calls.take(number)) child.send(cancellation(number));
  });
  child.send(text(number));
}

function respond(line: ChildLine, calls: ModernCalls): void {
  const { id, error } = line.message;
  if (typeof id !== 'number') return;
  calls.takeOwn(id)?.(wholeMessage(line));
  const call = calls.take(id);
  if (call === undefined) return;
  const text = responseToClient(line, call.names, call.subscription);
  finishExchange(call.exchange, text, statusOf(error));
}

function pass(line: ChildLine, calls: ModernCalls): void {
  const call = calls.about(line.message);
  if (call === undefined || !canStream(call.exchange)) return;
  streamMessage(call.exchange, notificationToClient(line, call.names));
}

function cancellation(number: number): string {
  const params = { requestId: number, reason: 'The client closed the stream' };
  return JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
}

/** Servers ask nothing in this era (MCP 2026-07-28 changelog). */
function refuseQuestion(id: JsonRpcId | null): string {
  const error = { code: RPC.methodNotFound, message: 'Servers may not send requests' };
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}

/** The HTTP status that the revision demands for an error. */
const STATUS_OF: ReadonlyMap<unknown, number> = new Map([
  [RPC.methodNotFound, 404],
  [RPC.headerMismatch, 400],
  [-32021, 400],
  [RPC.unsupportedVersion, 400],
]);

function statusOf(error: unknown): number {
  return (isRecord(error) ? STATUS_OF.get(error.code) : undefined) ?? 200;
}
