import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { REQUEST_ID_HEADER } from '@mcp-gateway/core/domain/mcp';
import { toProblem } from './problems.ts';
import { requestIdFrom } from './request-id.ts';

/**
 * Makes a path of the target of a request, as all that comes after expects it; a whole URL says the host as well
 * (RFC 9112 section 3.2). Returns false when it has refused what is no target or has two hosts.
 */
export function settleTarget(request: IncomingMessage, response: ServerResponse): boolean {
  const { url = '' } = request;
  if (fieldsOf(request, 'host') > 1)
    return refuse(request, response, 'There must be one Host header.');
  // Which of several counts would be a guess, so none does.
  if (request.headers.authorization !== undefined && fieldsOf(request, 'authorization') > 1) {
    request.headers.authorization = 'more than one';
  }
  if (url.startsWith('/') || url === '*') return true;
  const target = URL.parse(url);
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') {
    return refuse(request, response, 'The request target is neither a path nor a URL.');
  }
  request.url = target.pathname + target.search;
  request.headers.host = target.host;
  return true;
}

/** Node takes the first of several without a word, another reader might take the last. */
function fieldsOf({ rawHeaders }: IncomingMessage, wanted: string): number {
  let fields = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === wanted.length && name.toLowerCase() === wanted) fields++;
  }
  return fields;
}

function refuse(request: IncomingMessage, response: ServerResponse, why: string): false {
  const requestId = requestIdFrom(request.headers[REQUEST_ID_HEADER]);
  const problem = toProblem(new GatewayError('invalid_request', why), requestId);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'X-Request-Id': requestId,
    Connection: 'close',
  });
  response.end(JSON.stringify(problem));
  return false;
}
