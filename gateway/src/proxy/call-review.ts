import type { Access } from '@mcp-gateway/core/domain/access';
import type { Adapter } from '@mcp-gateway/core/domain/adapter';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { errorResponse, requestIdOf } from '@mcp-gateway/core/domain/json-rpc';
import { STATUS } from '@mcp-gateway/core/domain/errors';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Call, Ending } from './call.ts';
import type { DataPlaneMetrics } from './data-plane-metrics.ts';
import { workloadOf, type Destination } from './destination.ts';
import { assertEnabled } from './enabled.ts';

/** What a review asks. */
export interface ReviewDependencies {
  /** What is now where a call went; undefined when that is gone. */
  readonly current: (adapter: Destination) => Destination | undefined | Promise<Destination | undefined>; // prettier-ignore
  readonly access: Access;
  readonly metrics: Pick<DataPlaneMetrics, 'ended'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Ends the calls that would not be let in any more: adapter gone or disabled, right withdrawn, token expired. */
export function callReview(deps: ReviewDependencies): (calls: readonly Call[]) => void {
  return (calls) => {
    const found = new Map<string, ReturnType<ReviewDependencies['current']>>();
    for (const call of calls) {
      const { adapter, principal } = call;
      if (adapter === undefined || principal === undefined || call.ending !== undefined) continue;
      const key = objectName(workloadOf(adapter));
      if (!found.has(key)) found.set(key, deps.current(adapter));
      const current = found.get(key);
      if (current instanceof Promise) {
        // While the store does not say, nothing has changed.
        void current.then((late) => review(deps, call, { principal, before: adapter, current: late }), () => undefined); // prettier-ignore
      } else review(deps, call, { principal, before: adapter, current });
    }
  };
}

interface Circumstances {
  readonly principal: Principal;
  readonly before: Destination;
  readonly current: Destination | undefined;
}

function review(deps: ReviewDependencies, call: Call, circumstances: Circumstances): void {
  const ending = endingOf(deps, call, circumstances);
  if (ending === undefined) {
    call.adapter = circumstances.current;
    return;
  }
  const { reason, error } = ending;
  const everything = reason !== 'expired' && reason !== 'rules';
  if (
    call.end === undefined ? everything : call.end({ everything, event: lastEvent(call, error) })
  ) {
    call.ending = ending;
    deps.metrics.ended(reason);
  }
}

function endingOf(
  { access, now }: ReviewDependencies,
  { request }: Call,
  { principal, before, current }: Circumstances,
): Ending | undefined {
  if (current?.uid !== before.uid) {
    return { reason: 'deleted', error: new GatewayError('not_found', 'There is no such adapter any more.') }; // prettier-ignore
  }
  try {
    assertEnabled(current);
  } catch (error) {
    return { reason: 'disabled', error: error as GatewayError }; // that is what it throws
  }
  if (current.lastUpdatedAt !== before.lastUpdatedAt) {
    if (!access('call', principal, current)) {
      return { reason: 'forbidden', error: new GatewayError('forbidden', `You may not call adapter ${current.name} any more.`) }; // prettier-ignore
    }
    // A stream that was opened under other rules must be filtered by those that hold now.
    if (request.method === 'GET' && rulesOf(current) !== rulesOf(before)) {
      return { reason: 'rules', error: new GatewayError('unavailable', 'The rules about tools have changed.') }; // prettier-ignore
    }
  }
  if (principal.expiresAt === undefined || now() < principal.expiresAt) return undefined;
  return { reason: 'expired', error: new GatewayError('unauthenticated', 'The token has expired; call again with a fresh one.') }; // prettier-ignore
}

function rulesOf({ allowedTools, deniedTools }: Adapter): string {
  return JSON.stringify([allowedTools, deniedTools]);
}

/** Tells the client in its stream, under the id of its request. */
function lastEvent({ body, requestId }: Call, { code, message }: GatewayError): string | undefined {
  const id = body === undefined ? null : requestIdOf(body);
  if (id === null) return undefined;
  const error = { code: STATUS[code], message, data: { code, requestId } };
  return `data: ${errorResponse(id, error)}\n\n`;
}
