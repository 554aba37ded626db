import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { RequestHeaders } from '@mcp-gateway/core/ports/identity';

export interface OriginGuardOptions {
  /** Origin by which clients reach this gateway. */
  readonly publicOrigin: () => string;
  /** Origins of web pages that may call as well. */
  readonly allowedOrigins: readonly string[];
  /** Whether this machine's own names, with any port, count as ours. */
  readonly loopback: boolean;
  /** Whether any Host will do: scrapers in a cluster know a gateway by its address only. */
  readonly anyHost?: boolean;
}

/** Guards against web pages of strangers: other sites' scripts, and names made to point at this machine. */
export interface OriginGuard {
  /** Throws `forbidden` for a request whose Origin or Host is not ours. */
  readonly assert: (headers: RequestHeaders) => void;
  /** True for web pages that may read answers. */
  readonly allows: (origin: string) => boolean;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** The guard of one gateway (MCP, streamable HTTP, security warning: validate Origin; DNS rebinding needs Host as well). */
export function originGuard(options: OriginGuardOptions): OriginGuard {
  const allows = (origin: string): boolean => {
    if (origin === options.publicOrigin() || options.allowedOrigins.includes(origin)) return true;
    const [, authority] = /^https?:\/\/([^/]+)$/.exec(origin) ?? [];
    return options.loopback && authority !== undefined && LOOPBACK.test(authority);
  };
  const isOurs = (host: string): boolean =>
    options.anyHost === true ||
    isHostOf(options.publicOrigin(), host) ||
    (options.loopback && LOOPBACK.test(host));

  return {
    allows,
    assert: ({ origin, host }) => {
      if (typeof host !== 'string' || !isOurs(host)) {
        throw new GatewayError('forbidden', 'The Host header names another host than this one.');
      }
      if (origin !== undefined && (typeof origin !== 'string' || !allows(origin))) {
        throw new GatewayError('forbidden', 'Web pages of this origin may not call this gateway.');
      }
    },
  };
}

/** Clients may name the port also where it is the scheme's own (RFC 9110 section 4.2.3). */
function isHostOf(origin: string, host: string): boolean {
  const { host: own, protocol, port } = new URL(origin);
  const named = host.toLowerCase();
  return named === own || (port === '' && named === `${own}:${protocol === 'https:' ? 443 : 80}`);
}
