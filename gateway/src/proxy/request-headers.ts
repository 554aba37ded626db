import type { IncomingMessage } from 'node:http';
import { forwardedHeaders } from '@mcp-gateway/core/domain/forwarded-principal';
import { HOP_BY_HOP, namedInConnection, OWN_OF_REQUEST } from '@mcp-gateway/core/domain/hop-by-hop';
import {
  GATEWAY_SECRET_HEADER,
  REQUEST_ID_HEADER,
  ROLES_HEADER,
  SESSION_HEADER,
  USER_ID_HEADER,
  USER_NAME_HEADER,
} from '@mcp-gateway/core/domain/mcp';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import { ABOUT_FORM } from './tool-filter.ts';

/** What a server shall learn besides what the client has sent. */
interface Introduction {
  readonly principal: Principal;
  readonly requestId: string;
  /** The server's own session id. */
  readonly sessionId: string | undefined;
  /** Whether the answer must be one into which the gateway can look. */
  readonly plain?: boolean;
  /** Only of a first-party service. */
  readonly secret?: string | undefined;
}

/** Headers of a request as a server behind the gateway may see them, names and values in turn. */
export type RequestHeaderFilter = (
  request: IncomingMessage,
  introduction: Introduction,
) => string[];

const NEVER_FORWARDED = [
  ...HOP_BY_HOP,
  ...OWN_OF_REQUEST,
  'authorization',
  'cookie',
  'forwarded',
  'x-real-ip',
  // Which pages may call is the gateway's to decide; servers would compare with a host that is not theirs.
  'origin',
  SESSION_HEADER,
  USER_ID_HEADER,
  USER_NAME_HEADER,
  ROLES_HEADER,
  GATEWAY_SECRET_HEADER,
  REQUEST_ID_HEADER,
];

/** Passes every header but those that carry credentials, claims or the connection; vouches for the rest anew. */
export function requestHeaderFilter(
  credentialHeaders: readonly string[],
  publicOrigin: () => string,
): RequestHeaderFilter {
  const dropped = new Set([
    ...NEVER_FORWARDED,
    ...credentialHeaders.map((name) => name.toLowerCase()),
  ]);
  return (request, { principal, requestId, sessionId, secret, plain = false }) => {
    const { rawHeaders } = request;
    const named = namedInConnection(request.headers.connection);
    const kept: string[] = [];
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? '';
      const comparable = toComparable(name);
      if (dropped.has(comparable) || named.has(comparable) || isForged(comparable)) continue;
      if (plain && ABOUT_FORM.has(comparable)) continue;
      kept.push(name, rawHeaders[at + 1] ?? '');
    }
    if (plain) kept.push('Accept-Encoding', 'identity');
    if (sessionId !== undefined) kept.push('Mcp-Session-Id', sessionId);
    if (secret !== undefined) kept.push('X-Gateway-Secret', secret);
    const { userId, roles } = forwardedHeaders(principal);
    kept.push('X-Mcp-UserId', userId, 'X-Mcp-Roles', roles);
    kept.push('X-Request-Id', requestId);
    pushForwarded(kept, request, publicOrigin());
    return kept;
  };
}

/** Some servers take `_` for `-` (CGI, WSGI), so both spellings of a name count. */
function toComparable(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower;
}

function isForged(name: string): boolean {
  return name.startsWith('x-dev-') || name.startsWith('x-forwarded-');
}

/** Whom the gateway itself has seen (RFC 7239); what the client claims about that was dropped. */
function pushForwarded(kept: string[], { socket }: IncomingMessage, publicOrigin: string): void {
  const address = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
  const split = publicOrigin.indexOf('://');
  const proto = publicOrigin.slice(0, split);
  const host = publicOrigin.slice(split + 3);
  const node = address.includes(':') ? `"[${address}]"` : address;
  kept.push('Forwarded', `for=${node};host="${host}";proto=${proto}`);
  kept.push('X-Forwarded-For', address);
  kept.push('X-Forwarded-Proto', proto);
  kept.push('X-Forwarded-Host', host);
}
