import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { GatewayError, isGatewayError, STATUS } from '@mcp-gateway/core/domain/errors';
import { errorResponse, requestIdOf } from '@mcp-gateway/core/domain/json-rpc';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Outcome, Relay } from '@mcp-gateway/core/ports/relay';
import {
  checkDeclaredLength,
  ClientGone,
  tooLarge,
  wholeBody,
} from '@mcp-gateway/core/ports/request-body';
import { answerHeaders, requestHeaders } from './headers.ts';

export interface RemoteHandlerOptions {
  /** The MCP endpoint of the remote server; its query, if any, goes with every request. */
  readonly url: URL;
  /** Sent with every request, instead of what the client says. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the client's `Authorization` goes to the remote server, where `headers` has none. */
  readonly forwardAuthorization: boolean;
  readonly maxBodyBytes: number;
  readonly relay: Relay;
  readonly log: Log;
}

/** A streaming reverse proxy to one MCP endpoint: sessions, resumption and statuses stay those of the server. */
export function remoteHandler(options: RemoteHandlerOptions): RequestListener {
  const { url, relay, maxBodyBytes, log } = options;
  const headersFor = requestHeaders(options.headers, options.forwardAuthorization);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body: Buffer | undefined;
    try {
      checkDeclaredLength(request, maxBodyBytes);
      body = await wholeBody(request, maxBodyBytes);
      const outcome = await relay.exchange({
        request,
        response,
        origin: url.origin,
        path: url.pathname + joined(url.search, request.url ?? ''),
        headers: headersFor(request.rawHeaders, request.headers.connection),
        body,
        maxBodyBytes,
        onHead: answerHeaders,
      });
      if (!outcome.answered) throw errorOf(outcome, maxBodyBytes);
    } catch (error) {
      fail(request, response, body, error);
    }
  }

  function fail(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer | undefined,
    thrown: unknown,
  ): void {
    if (thrown instanceof ClientGone || response.destroyed) return void response.destroy();
    const error = isGatewayError(thrown) ? thrown : undefined;
    if (error === undefined) log.error({ err: thrown }, 'request failed by a bug');
    else log.warn({ code: error.code, err: error.cause }, 'remote server not reached');
    const status = error === undefined ? 500 : STATUS[error.code];
    relay.answer(request, response, {
      status,
      headers: ['Content-Type', 'application/json'],
      body: errorResponse(body === undefined ? null : requestIdOf(body), {
        code: status,
        message: error?.message ?? 'The bridge failed to handle this request.',
        data: { code: error?.code ?? 'internal_error' },
      }),
    });
  }

  return (request, response) => void serve(request, response);
}

/** The query of the endpoint and then that of the request. */
function joined(search: string, target: string): string {
  const start = target.indexOf('?');
  const query = start === -1 ? '' : target.slice(start + 1);
  if (query === '') return search;
  return search === '' ? `?${query}` : `${search}&${query}`;
}

function errorOf(
  outcome: Extract<Outcome, { answered: false }>,
  maxBodyBytes: number,
): GatewayError {
  switch (outcome.kind) {
    case 'too_large':
      return tooLarge(maxBodyBytes);
    case 'timeout':
      return new GatewayError('upstream_timeout', 'The remote server did not answer in time.');
    case 'redirected':
      return new GatewayError('upstream_failed', 'The remote server answered with a redirect.');
    case 'refused':
    case 'failed':
      return new GatewayError('upstream_failed', 'The connection to the remote server failed.', {
        cause: outcome.cause,
      });
    case 'answer_too_large':
    case 'unreadable':
    case 'ended':
      return new GatewayError('upstream_failed', 'The answer of the remote server was refused.');
  }
}
