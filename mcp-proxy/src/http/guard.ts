import type { IncomingMessage } from 'node:http';

/** Says why a request may not come in: DNS rebinding and foreign web pages (MCP streamable HTTP, security). */
export type Guard = (request: IncomingMessage) => string | undefined;

export interface GuardOptions {
  readonly host: string;
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** A guard for a server that listens on `host`; on loopback, loopback names and pages are welcome and no others. */
export function createGuard({ host, allowedOrigins, allowedHosts }: GuardOptions): Guard {
  const loopback = LOOPBACK.has(host) || host.startsWith('127.');
  const hosts = new Set(allowedHosts.map((name) => name.toLowerCase()));
  const origins = new Set(allowedOrigins);
  const everyOrigin = origins.has('*');
  const checkHost = loopback || hosts.size > 0;

  const hostAllowed = (header: string | undefined): boolean => {
    const name = hostNameOf(header ?? '');
    return hosts.has(name) || (loopback && (LOOPBACK.has(name) || name === host.toLowerCase()));
  };
  const originAllowed = (origin: string): boolean =>
    everyOrigin || origins.has(origin) || (loopback && LOOPBACK.has(originHostName(origin)));

  return ({ headers }) => {
    if (checkHost && !hostAllowed(headers.host)) return 'This host name is not allowed';
    const { origin } = headers;
    return origin === undefined || originAllowed(origin) ? undefined : 'This origin is not allowed';
  };
}

function hostNameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

function originHostName(origin: string): string {
  const url = URL.parse(origin);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.hostname : '';
}
