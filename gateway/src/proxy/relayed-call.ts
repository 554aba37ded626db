import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { SESSION_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import type { AnswerHeaders, Exchange, Outcome, Relay } from '@mcp-gateway/core/ports/relay';
import { answerHeaders } from './answer-headers.ts';
import type { Call } from './call.ts';
import type { Destination } from './destination.ts';
import type { RequestOutcome } from './data-plane-metrics.ts';
import { adapterKey, principalKey } from './limits.ts';
import type { OpenWork } from './open-work.ts';
import { tooLarge } from '@mcp-gateway/core/ports/request-body';
import type { RequestHeaderFilter } from './request-headers.ts';
import { sessionNotFound } from './routing.ts';
import type { Route, Router } from './routing.ts';
import type { SessionBinding, SessionSeal } from './session-seal.ts';

/** What carrying a call to a replica needs. */
export interface RelayedCallDependencies {
  readonly relay: Relay;
  readonly router: Router;
  readonly work: OpenWork;
  readonly seal: SessionSeal;
  readonly headersFor: RequestHeaderFilter;
  readonly maxBodyBytes: number;
  /** No limit when 0. */
  readonly maxAnswerBytes: number;
  readonly streamOpened: (call: Call, adapter: Destination) => void;
  /** Whether the client should use another connection next time. */
  readonly isLast: () => boolean;
  readonly log: Log;
}

/** A call that may be made. */
interface AllowedCall {
  readonly call: Call;
  readonly route: Route;
  readonly adapter: Destination;
  readonly principal: Principal;
  /** Looks into the answer, where rules are about it. */
  readonly filter?: Exchange['filter'];
}

/** Carries a call to a replica and its answer back; throws what the client shall be told. */
export type RelayedCall = (allowed: AllowedCall) => Promise<void>;

/** Relays over the port; a replica that refuses the connection is replaced by another one, unless a session needs it. */
export function relayedCall(dependencies: RelayedCallDependencies): RelayedCall {
  const { router } = dependencies;
  return async (allowed) => {
    const { call, route, adapter } = allowed;
    const refused: Endpoint[] = [];
    for (;;) {
      const replica = await router.choose(call, route, adapter, refused);
      call.replica = replica;
      if (call.ending !== undefined) throw call.ending.error;
      const outcome = await attempt(dependencies, allowed, replica);
      call.outcome = metricOf(outcome);
      call.end = undefined;
      if (outcome.answered) {
        call.answerBytes = outcome.bytes;
        call.status = outcome.status ?? 0;
        return;
      }
      if (outcome.kind !== 'refused' || route.kind === 'session') {
        throw errorOf(dependencies, outcome, allowed);
      }
      refused.push(replica);
    }
  };
}

async function attempt(
  { relay, work, seal, headersFor, maxBodyBytes, maxAnswerBytes, streamOpened, isLast, log }: RelayedCallDependencies, // prettier-ignore
  { call, route, adapter, principal, filter }: AllowedCall,
  replica: Endpoint,
): Promise<Outcome> {
  const { request, response, requestId, body } = call;
  const sessionId = route.kind === 'session' ? route.place.id : undefined;
  work.requestStarted(replica);
  if (route.kind === 'session') work.sessionUsed(route.sealed, replica, partiesOf(route.binding));
  try {
    return await relay.exchange({
      request,
      response,
      origin: replica.origin,
      path: adapter.path + call.target.query,
      headers: headersFor(request, {
        principal,
        requestId,
        sessionId,
        secret: adapter.secret,
        plain: filter !== undefined,
      }),
      body,
      maxBodyBytes,
      maxAnswerBytes: maxAnswerBytes === 0 ? undefined : maxAnswerBytes,
      filter,
      onBody: body === undefined ? call.listener.hear : undefined,
      onStart: (end) => {
        call.end = end;
      },
      onHead(status, headers) {
        call.status = status;
        const forClient = answerHeaders(status, headers, {
          requestId,
          byPage: request.headers.origin !== undefined,
          changed: filter !== undefined,
        });
        const sealed = sessionFor(route, status, headers);
        if (sealed !== undefined) forClient.push('Mcp-Session-Id', sealed);
        if (isLast()) forClient.push('Connection', 'close');
        if (isStream(headers)) streamOpened(call, adapter);
        return forClient;
      },
    });
  } finally {
    work.requestEnded(replica);
  }

  /** The session id for the client, where the server names one; keeps count of what begins and ends. */
  function sessionFor(of: Route, status: number, headers: AnswerHeaders): string | undefined {
    if (of.kind === 'stateless') return undefined;
    const given = headers[SESSION_HEADER];
    if (of.kind === 'session') {
      const ended = status === 404 || (request.method === 'DELETE' && status < 300);
      if (ended) work.sessionForgotten(of.sealed);
      if (given === of.place.id) return of.sealed;
    }
    if (typeof given !== 'string' || status >= 300) return undefined;
    return begun(given, of.binding);
  }

  function begun(id: string, binding: SessionBinding): string | undefined {
    const { instance, uid } = replica;
    const sealed = seal.seal({ instance, uid, id }, binding);
    if (sealed === undefined) {
      log.warn({ requestId, adapter: adapter.name, replica: instance }, 'session id unusable');
    } else work.sessionUsed(sealed, replica, partiesOf(binding));
    return sealed;
  }
}

function partiesOf({ principal, name }: SessionBinding): readonly string[] {
  return [principalKey(principal), adapterKey(name)];
}

function isStream(headers: AnswerHeaders): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && type.startsWith('text/event-stream');
}

type Unanswered = Extract<Outcome, { answered: false }>;

function errorOf(
  { router, maxBodyBytes, maxAnswerBytes }: RelayedCallDependencies,
  outcome: Unanswered,
  { call, route, adapter }: AllowedCall,
): GatewayError {
  switch (outcome.kind) {
    case 'too_large':
      return tooLarge(maxBodyBytes);
    case 'timeout':
      return new GatewayError('upstream_timeout', 'The server did not answer in time.');
    case 'redirected':
      return new GatewayError('upstream_failed', 'The server answered with a redirect.');
    case 'refused':
    case 'failed':
      // The replica may be gone for good, and then only a new session helps the client.
      if (route.kind === 'session' && !router.mayReturn(route.place, adapter, outcome.kind)) {
        return sessionNotFound();
      }
      return new GatewayError('upstream_failed', 'The connection to the server failed.', {
        cause: outcome.cause,
      });
    case 'answer_too_large':
      return new GatewayError('upstream_failed', `The answer has more than ${maxAnswerBytes} bytes.`); // prettier-ignore
    case 'unreadable':
      return new GatewayError('upstream_failed', 'The answer is packed, so rules about tools cannot be kept.'); // prettier-ignore
    case 'ended':
      return call.ending?.error ?? new GatewayError('unavailable', 'The gateway ended this call.');
  }
}

function metricOf({ kind }: Outcome): RequestOutcome {
  if (kind === 'done') return 'answered';
  return kind === 'answer_too_large' ? 'cut' : kind;
}
