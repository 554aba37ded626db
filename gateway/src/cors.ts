import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OriginGuard } from './origin-guard.ts';

const EXPOSED = 'ETag, Link, Location, Mcp-Session-Id, Retry-After, WWW-Authenticate, X-Request-Id';
const METHODS = 'GET, HEAD, POST, PUT, DELETE';
const MAX_AGE_SECONDS = '600';

/** Lets the scripts of allowed web pages read answers; returns true when it answered a preflight itself. */
export function cors(
  guard: OriginGuard,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !guard.allows(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', EXPOSED);
  response.setHeader('vary', 'Origin');
  const wanted = request.headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || wanted === undefined) return false;
  const headers = request.headers['access-control-request-headers'];
  response.writeHead(204, {
    'access-control-allow-methods': METHODS,
    'access-control-max-age': MAX_AGE_SECONDS,
    ...(headers !== undefined && { 'access-control-allow-headers': headers }),
  });
  response.end();
  return true;
}
