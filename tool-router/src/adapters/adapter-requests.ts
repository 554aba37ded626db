import type { Client, RequestOptions, ServerCapabilities } from '@modelcontextprotocol/client';
import { ProtocolError as AdapterError } from '@modelcontextprotocol/client';
import {
  isInputRequiredResult,
  LOG_LEVEL_META_KEY,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Patience } from '../tools/deadline.ts';
import type { CatalogueAdapter, Known } from '../catalogue.ts';
import type { Asker } from './adapter-lists.ts';
import type { AdapterSessions } from './adapter-sessions.ts';
import { AdapterTrouble } from './adapter-trouble.ts';
import type { AdapterCall } from './connection.ts';
import type { RequestStates } from './request-state.ts';

/** A request of a client that goes on to an adapter. */
interface AdapterRequest {
  readonly adapter: Known<CatalogueAdapter>;
  readonly asker: Asker;
  readonly ctx: ServerContext;
  /** What it is about, such as the adapter's own name of a tool; with the adapter and the caller it binds state. */
  readonly about: string;
  /** Parameters but for those that every request has. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly send: (client: Client, params: Record<string, unknown>, options: RequestOptions, capabilities: ServerCapabilities) => Promise<unknown>; // prettier-ignore
}

/**
 * Sends a request on to its adapter, with progress, cancellation, logs and questions both ways. Throws `AdapterTrouble`,
 * or a protocol error of our own that says what the adapter has answered.
 */
export type SendToAdapter = (request: AdapterRequest) => Promise<Result>;

export interface AdapterRequestOptions {
  readonly sessions: AdapterSessions;
  readonly states: RequestStates;
  readonly patience: Patience;
}

/** Any result; what is in it is for the client to judge. */
export const AnyResult = z.looseObject({});

export function adapterRequests({
  sessions,
  states,
  patience,
}: AdapterRequestOptions): SendToAdapter {
  return async ({ adapter, asker, ctx, about, params, send }) => {
    const { name, uid } = adapter.value;
    const binding = [asker.caller.principal.id, uid, ctx.mcpReq.method, about];
    const sealed = ctx.mcpReq.requestState();
    const whole = {
      ...params,
      _meta: metaOf(ctx, asker),
      ...(ctx.mcpReq.inputResponses && { inputResponses: ctx.mcpReq.inputResponses }),
      ...(typeof sealed === 'string' && { requestState: await states.open(binding, sealed) }),
    };
    try {
      const target = { adapter, session: asker.session };
      const result = (await sessions.use(target, callOf(ctx, asker, patience), (client, options, capabilities) => send(client, whole, options, capabilities))) as Result; // prettier-ignore
      if (!isInputRequiredResult(result) || typeof result.requestState !== 'string') return result;
      return { ...result, requestState: await states.seal(binding, result.requestState) };
    } catch (error) {
      throw error instanceof AdapterError ? translated(name, error, asker) : error;
    }
  };
}

/** What the client sent besides, without what belongs to its own hop. */
function metaOf({ mcpReq }: ServerContext, { session }: Asker): Record<string, unknown> {
  const { progressToken: _, ...meta } = mcpReq._meta ?? {};
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  // A client with a session has told its level to us, who leave out what is below.
  const logLevel = envelope[LOG_LEVEL_META_KEY] ?? (session === undefined ? undefined : 'debug');
  return { ...meta, ...(logLevel !== undefined && { [LOG_LEVEL_META_KEY]: logLevel }) };
}

function callOf(ctx: ServerContext, asker: Asker, patience: Patience): AdapterCall {
  const { mcpReq } = ctx;
  const progressToken = mcpReq._meta?.progressToken;
  const quietly = (work: Promise<unknown>): void => void work.catch(() => undefined); // the client has gone
  return {
    caller: asker.caller,
    capabilities: relayable(asker.capabilities),
    patience,
    signal: mcpReq.signal,
    onProgress:
      progressToken === undefined
        ? undefined
        : (progress) =>
            quietly(
              mcpReq.notify({
                method: 'notifications/progress',
                params: { ...progress, progressToken },
              }),
            ),
    onLog: ({ level, data, logger }) =>
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- servers of both eras still log this way
      quietly(mcpReq.log(level as never, data, logger as never)),
    onAsk:
      asker.session === undefined
        ? undefined
        : ({ method, params }) =>
            mcpReq.send({ method, ...(params && { params }) }, AnyResult, {
              timeout: patience.totalMs,
            }),
  };
}

/** Of what a client can be asked, what reaches it through the router (sampling with its tools, all elicitation, roots). */
function relayable({ elicitation, sampling, roots }: Asker['capabilities']): Asker['capabilities'] {
  return {
    ...(elicitation && { elicitation }),
    ...(sampling && { sampling }),
    ...(roots && { roots: {} }),
  };
}

/** Codes that mean the same to our client as they did to us. */
const SAME: ReadonlySet<number> = new Set([
  ProtocolErrorCode.InvalidParams,
  ProtocolErrorCode.InternalError,
]);
const RESERVED = { from: -32768, to: -32000 };
const MAX_MESSAGE = 500;

/** An adapter's error as one of ours: codes of the protocol speak of the hop that they were sent on. */
function translated(adapter: string, error: AdapterError, { session }: Asker): Error {
  const { code } = error;
  if (code === -32021) {
    const { requiredCapabilities } = (error.data ?? {}) as { requiredCapabilities?: object };
    const known = relayable(requiredCapabilities ?? {});
    // Clients of the other era do not know the code.
    if (session === undefined && Object.keys(known).length > 0)
      return new MissingRequiredClientCapabilityError({ requiredCapabilities: known });
    return new AdapterTrouble(adapter, 'refused', error);
  }
  const message = error.message.slice(0, MAX_MESSAGE);
  if (SAME.has(code)) return new ProtocolError(code, message, error.data);
  if (code === -32002) return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
  if (code < RESERVED.from || code > RESERVED.to)
    return new ProtocolError(code, message, error.data);
  return new ProtocolError(ProtocolErrorCode.InternalError, `The adapter '${adapter}' answered: ${message}`); // prettier-ignore
}
