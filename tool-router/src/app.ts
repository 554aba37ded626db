import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { toNodeHandler, type NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import { GATEWAY_SECRET_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Catalogue } from './catalogue.ts';
import type { McpEndpoint } from './mcp/mcp-endpoint.ts';
import type { RouterMetrics } from './metrics.ts';
import type { OpenCalls } from './open-calls.ts';

export interface AppDependencies {
  readonly endpoint: Pick<McpEndpoint, 'fetch'>;
  readonly calls: Pick<OpenCalls, 'track'>;
  readonly catalogue: Pick<Catalogue, 'known' | 'healthy'>;
  readonly metrics: Pick<RouterMetrics, 'text' | 'contentType'>;
  readonly isGateway: (secret: unknown) => boolean;
  readonly maxBodyBytes: number;
  readonly stopping: AbortSignal;
  readonly log: Log;
}

/** Everything on the one port: `/mcp` for the gateway alone, health and metrics for who watches. */
export function routerApp(deps: AppDependencies): RequestListener {
  const mcp = toNodeHandler(deps.endpoint, {
    maxRequestBodySize: deps.maxBodyBytes,
    onerror: (err) => deps.log.error({ err }, 'request failed'),
  });
  return (request, response) => {
    // Whoever sees it does not send its next request into a connection about to be closed.
    if (deps.stopping.aborted) response.setHeader('connection', 'close');
    const path = request.url?.split('?')[0];
    if (path !== '/mcp') void answer(deps, request, response, path);
    else if (!deps.isGateway(request.headers[GATEWAY_SECRET_HEADER])) refuse(response);
    else {
      deps.calls.track(request, response);
      void mcp(request as NodeIncomingMessageLike, response); // made without exactOptionalPropertyTypes
    }
  };
}

async function answer(
  deps: AppDependencies,
  { method }: IncomingMessage,
  response: ServerResponse,
  path: string | undefined,
): Promise<void> {
  if (path === '/health/live') json(response, 200, { status: 'live' });
  else if (path === '/health/ready') ready(deps, response);
  else if (path !== '/metrics') json(response, 404, { error: 'only /mcp, /health and /metrics' });
  else if (method !== 'GET' && method !== 'HEAD') json(response, 405, { error: 'only GET' });
  else {
    const text = await deps.metrics.text();
    response.writeHead(200, { 'content-type': deps.metrics.contentType }).end(text);
  }
}

/** A store that cannot be read at the moment shows, and requests are still better sent here than nowhere. */
function ready({ catalogue, stopping }: AppDependencies, response: ServerResponse): void {
  const checks = {
    catalogue: catalogue.known() ? 'ok' : 'failing',
    store: catalogue.healthy() ? 'ok' : catalogue.known() ? 'degraded' : 'failing',
    running: stopping.aborted ? 'failing' : 'ok',
  };
  const isReady = !Object.values(checks).includes('failing');
  json(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not_ready', checks });
}

function refuse(response: ServerResponse): void {
  json(response, 401, { error: 'only the gateway may call' });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
