import { setTimeout as delay } from 'node:timers/promises';
import { isGatewayError } from '@mcp-gateway/core/domain/errors';
import type { GatewayError } from '@mcp-gateway/core/domain/errors';
import { requestIdOf } from '@mcp-gateway/core/domain/json-rpc';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Relay } from '@mcp-gateway/core/ports/relay';
import type { Call } from './call.ts';
import { ownAnswer } from './own-answer.ts';
import { ClientGone, wholeBody } from '@mcp-gateway/core/ports/request-body';

const BODY_MILLISECONDS = 1_000;
const SAFE_NAME = /^[a-z0-9-]{1,64}$/;

interface Dependencies {
  readonly relay: Relay;
  readonly publicOrigin: () => string;
  /** What clients must ask for to get a token that counts. */
  readonly scope?: string | undefined;
  readonly maxBodyBytes: number;
  readonly log: Log;
}

/** Answers a call that failed, in the one form that all failures have here. */
export function failedCall(
  dependencies: Dependencies,
): (call: Call, error: unknown) => Promise<void> {
  // prettier-ignore
  const { relay, publicOrigin, scope, maxBodyBytes, log } = dependencies;
  return async (call, thrown) => {
    const { request, response, requestId } = call;
    if (thrown instanceof ClientGone || response.destroyed) {
      call.outcome = 'gone';
      response.destroy();
      return;
    }
    const error = isGatewayError(thrown) ? thrown : undefined;
    if (error === undefined) log.error({ err: thrown, requestId }, 'request failed by a bug');
    call.errorCode = error?.code ?? 'internal_error';
    const body = await bodyFor(call, error, maxBodyBytes);
    call.body = body;
    const answer = ownAnswer(error, {
      requestId,
      id: body === undefined ? null : requestIdOf(body),
      resourceMetadata: `${publicOrigin()}/.well-known/oauth-protected-resource${pathOf(call)}`,
      scope,
      credentials: request.headers.authorization !== undefined,
      signedIn: call.principal !== undefined,
    });
    call.outcome = outcomeOf(call, error);
    call.status = answer.status;
    if (error?.code === 'unavailable') answer.headers.push(...closing(call));
    relay.answer(request, response, answer);
  };
}

/** The body, for the request's id; one that is small is on its way already, so a moment is enough. */
async function bodyFor(
  call: Call,
  error: GatewayError | undefined,
  limit: number,
): Promise<Buffer | undefined> {
  if (call.body !== undefined) return call.body;
  if (error?.code === 'payload_too_large' || call.request.readableFlowing !== null)
    return undefined;
  const deadline = new AbortController();
  const late = delay(BODY_MILLISECONDS, undefined, { signal: deadline.signal });
  const body = wholeBody(call.request, limit).catch(() => undefined);
  try {
    return await Promise.race([body, late.catch(() => undefined)]);
  } finally {
    deadline.abort();
  }
}

function pathOf({ target }: Call): string {
  const { adapter } = target;
  return adapter !== undefined && SAFE_NAME.test(adapter) ? `/adapters/${adapter}/mcp` : '/mcp';
}

function outcomeOf(call: Call, error: GatewayError | undefined): Call['outcome'] {
  if (error === undefined) return 'error';
  if (error.code === 'unavailable' || error.code === 'disabled') return 'unavailable';
  if (error.code === 'payload_too_large') return 'too_large';
  return call.outcome === 'error' ? 'rejected' : call.outcome;
}

/** The next request finds another gateway if it comes over another connection. */
function closing({ adapter, principal }: Call): string[] {
  return adapter === undefined && principal === undefined ? ['Connection', 'close'] : [];
}
