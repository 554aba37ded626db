import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { requestIdOf } from '@mcp-gateway/core/domain/json-rpc';
import type { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { METHOD_HEADER, SUBSCRIPTION_ID_META } from '@mcp-gateway/core/domain/mcp';
import { toolPolicy, type ToolPolicy } from '@mcp-gateway/core/domain/tool-rules';
import type { Identity, RequestHeaders } from '@mcp-gateway/core/ports/identity';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { Exchange, Relay } from '@mcp-gateway/core/ports/relay';
import { checkDeclaredLength, wholeBody } from '@mcp-gateway/core/ports/request-body';
import { newCall, type Call } from './call.ts';
import { ledger, type CallLedger } from './call-ledger.ts';
import { callReview } from './call-review.ts';
import type { DataPlaneMetrics } from './data-plane-metrics.ts';
import { labelOf } from './destination.ts';
import { currentIn, destinationOf, type Destinations } from './destinations.ts';
import { assertEnabled } from './enabled.ts';
import { failedCall } from './failed-call.ts';
import { isPlainJson } from './heard-messages.ts';
import { callLimits, trafficOf, type LimitSettings, type Traffic } from './limits.ts';
import { openWork } from './open-work.ts';
import { relayedCall } from './relayed-call.ts';
import { requestHeaderFilter } from './request-headers.ts';
import { routeOf, router } from './routing.ts';
import type { SessionSeal } from './session-seal.ts';
import { targetOf, type Target } from './target.ts';
import { toolFilter } from './tool-filter.ts';
import { guardTools } from './tool-guard.ts';

/** The settings that the data plane reads. */
export type DataPlaneSettings = Pick<
  GatewaySettings,
  | 'MAX_BODY_BYTES'
  | 'READY_WAIT_SECONDS'
  | 'MAX_REQUESTS'
  | 'MAX_ANSWER_BYTES'
  | 'MAX_INSPECTED_BYTES'
  | keyof LimitSettings
>;

export interface DataPlaneDependencies extends Destinations {
  /** The endpoint that a request target names, by default one of the public port. */
  readonly targetOf?: (url: string) => Target | undefined;
  readonly identity: Identity;
  readonly endpoints: Endpoints;
  readonly relay: Relay;
  readonly seal: SessionSeal;
  /** Throws `forbidden` for a request whose Origin or Host is not ours. */
  readonly guard: (headers: RequestHeaders) => void;
  /** Origin by which clients reach this gateway, without a final slash. */
  readonly publicOrigin: () => string;
  /** What clients must ask for to get a token that counts. */
  readonly scope?: string | undefined;
  readonly settings: DataPlaneSettings;
  readonly metrics: DataPlaneMetrics;
  /** Told of each call when it has ended. */
  readonly ended: (call: Call) => void;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The hot path: authenticates, chooses a replica, relays bytes; everything that clients of MCP servers send. */
export interface DataPlane {
  /** Whether this request target is the data plane's to answer. */
  handles: (url: string) => boolean;
  /** Answers in every case and never throws. */
  handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Requests and streams that are open now. */
  openRequests: () => number;
  /** Ends what would not be let in any more; to be asked after each change of an adapter, and now and then. */
  review: () => void;
  /** Takes no new work and resolves when the last request has ended; at the deadline what is left is cut. */
  drain: (deadline: AbortSignal) => Promise<void>;
}

/** The data plane over its ports. */
export function dataPlane(dependencies: DataPlaneDependencies): DataPlane {
  const { identity, endpoints, relay, seal, settings, metrics, log, now } = dependencies;
  const { targetOf: target = targetOf } = dependencies;
  const calls = ledger(metrics, log);
  const work = openWork(now);
  const fail = failedCall({ ...dependencies, maxBodyBytes: settings.MAX_BODY_BYTES });
  const headersFor = requestHeaderFilter(identity.credentialHeaders, dependencies.publicOrigin);
  const carry = relayedCall({
    relay,
    router: router(endpoints, work, settings.READY_WAIT_SECONDS),
    work,
    seal,
    headersFor,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    maxAnswerBytes: settings.MAX_ANSWER_BYTES,
    streamOpened: calls.streamOpened,
    isLast: calls.draining,
    log,
  });
  const review = callReview({ ...dependencies, current: currentIn(dependencies) });
  const limits = callLimits({ settings, openSessions: work.sessions, limited: metrics.limited });

  async function serve(call: Call): Promise<void> {
    let leave: (() => void) | undefined;
    try {
      admit(calls, settings.MAX_REQUESTS);
      dependencies.guard(call.request.headers);
      if (call.request.method === 'OPTIONS') throw noOptions();
      const principal = await identity.authenticate(call.request.headers);
      call.principal = principal;
      const adapter = await destinationOf(dependencies, call, principal);
      call.adapter = adapter;
      assertEnabled(adapter);
      const rules = toolPolicy(adapter, principal.roles);
      await readBody(call, settings, rules !== undefined);
      const route = routeOf(call, adapter, principal.id, seal);
      leave = await limits.enter(
        { principal: principal.id, adapter: labelOf(adapter) },
        traffic(call),
      );
      const guarded = rules && guardTools(call.request, call.body ?? NOTHING, rules);
      if (guarded?.refusal !== undefined) {
        refuse(relay, call, guarded.refusal);
        return;
      }
      const filter = rules && filterFor(call, { rules, lists: guarded?.lists === true, settings });
      await carry({ call, route, adapter, principal, filter });
    } catch (error) {
      await fail(call, error);
    } finally {
      leave?.();
      dependencies.ended(call);
      calls.close(call);
    }
  }

  return {
    handles: (url) => target(url) !== undefined,
    handle(request, response) {
      const call = newCall(request, response, target(request.url ?? ''));
      calls.open(call);
      serve(call).catch((error: unknown) => {
        log.error({ err: error, requestId: call.requestId }, 'request lost');
        response.destroy();
      });
    },
    openRequests: calls.size,
    review: () => review(calls.items()),
    drain: (deadline) => drained(calls, deadline),
  };
}

function admit(calls: CallLedger, most: number): void {
  if (calls.draining()) throw busy('The gateway is shutting down.', 1);
  if (calls.size() > most) throw busy('The gateway has too many requests.', 5);
}

async function drained(calls: CallLedger, deadline: AbortSignal): Promise<void> {
  const empty = calls.drain();
  for (const call of calls.items()) {
    if (isListening(call)) call.end?.({ everything: call.request.method !== 'GET', event: lastResult(call) }); // prettier-ignore
  }
  deadline.addEventListener('abort', calls.cut, { once: true });
  if (deadline.aborted) calls.cut();
  await empty;
  deadline.removeEventListener('abort', calls.cut);
}

/** Waits for whatever may come, and would so hold up the end. */
function isListening({ request }: Call): boolean {
  return request.method === 'GET' || request.headers[METHOD_HEADER] === 'subscriptions/listen';
}

/** The result with which a server ends what listens in order (MCP 2026-07-28, subscriptions/listen). */
function lastResult({ body }: Call): string | undefined {
  const id = body === undefined ? null : requestIdOf(body);
  if (id === null) return undefined;
  const result = { resultType: 'complete', _meta: { [SUBSCRIPTION_ID_META]: id } };
  return `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
}

const NOTHING = Buffer.alloc(0);

/** Keeps the body where it is small or, for rules, has to be looked into; and hears it. */
async function readBody(
  call: Call,
  { MAX_BODY_BYTES, MAX_INSPECTED_BYTES }: DataPlaneSettings,
  whole: boolean,
): Promise<void> {
  const limit = whole ? Math.min(MAX_BODY_BYTES, MAX_INSPECTED_BYTES) : MAX_BODY_BYTES;
  checkDeclaredLength(call.request, limit);
  call.body = await wholeBody(call.request, limit, { bytes: whole ? limit : undefined });
  if (call.body !== undefined) call.listener.hearAll(call.body);
}

function refuse(relay: Relay, call: Call, body: string): void {
  const headers = ['Content-Type', 'application/json', 'X-Request-Id', call.requestId];
  call.status = 200;
  call.outcome = 'rejected';
  call.errorCode = 'unknown_tool';
  relay.answer(call.request, call.response, { status: 200, headers, body });
}

interface Filtering {
  readonly rules: ToolPolicy;
  /** Whether tools are listed in the answer. */
  readonly lists: boolean;
  readonly settings: DataPlaneSettings;
}

/** A stream that answers a GET may repeat what was sent before, so lists may come there as well. */
function filterFor({ request }: Call, { rules, lists, settings }: Filtering): Exchange['filter'] {
  if (!lists && request.method !== 'GET') return undefined;
  return (headers) => toolFilter(rules, headers, settings.MAX_INSPECTED_BYTES);
}

function traffic({ request, body, listener, target }: Call): Traffic {
  // What a tool is called with is no message, whatever it looks like.
  const isUnderstood = body !== undefined && target.tool === undefined && isPlainJson(request);
  return trafficOf(request.method, isUnderstood ? listener.messages() : undefined);
}

function noOptions(): GatewayError {
  return new GatewayError('method_not_allowed', 'OPTIONS is not served here.');
}

function busy(message: string, retryAfterSeconds: number): GatewayError {
  return new GatewayError('unavailable', message, { retryAfterSeconds });
}
