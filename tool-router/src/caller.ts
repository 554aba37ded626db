import { forwardedPrincipal } from '@mcp-gateway/core/domain/forwarded-principal';
import { REQUEST_ID_HEADER, ROLES_HEADER, USER_ID_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Principal } from '@mcp-gateway/core/domain/principal';

/** Who calls, as the gateway has vouched for it, and what goes on to it when the router calls for them. */
export interface Caller {
  readonly principal: Principal;
  /** Equal for callers who see the same. */
  readonly key: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const TRACE_HEADERS = ['traceparent', 'tracestate', 'baggage'];

/** The caller that the gateway's headers name; `undefined` where they name nobody. */
export function callerOf(headers: Headers): Caller | undefined {
  const userId = headers.get(USER_ID_HEADER) ?? '';
  const roles = headers.get(ROLES_HEADER) ?? '';
  const principal = forwardedPrincipal({ userId, roles });
  if (!principal) return undefined;
  const forwarded = [REQUEST_ID_HEADER, ...TRACE_HEADERS].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    principal,
    key: JSON.stringify([principal.id, [...new Set(principal.roles)].sort()]),
    headers: {
      [USER_ID_HEADER]: userId,
      [ROLES_HEADER]: roles,
      ...Object.fromEntries(forwarded),
    },
  };
}
