import type { IncomingMessage, ServerResponse } from 'node:http';
import { isGatewayError, STATUS } from '@mcp-gateway/core/domain/errors';
import type { Log } from '@mcp-gateway/core/ports/log';
import { readiness, type HealthDependencies } from './health.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { OriginGuard } from './origin-guard.ts';

export interface ManagementDependencies {
  readonly health: HealthDependencies;
  readonly metrics: Pick<GatewayMetrics, 'text' | 'contentType'>;
  /** Keeps web pages from reading metrics. */
  readonly guard: OriginGuard;
  readonly log: Log;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What operators ask on a port of its own: health and metrics. */
export function managementHandler(deps: ManagementDependencies) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void answerTo(deps, request)
      .catch((error: unknown) => {
        if (isGatewayError(error)) return text(STATUS[error.code], error.message);
        deps.log.error({ err: error }, 'management request failed');
        return text(500, 'failed');
      })
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(body);
      });
  };
}

async function answerTo(
  deps: ManagementDependencies,
  { method, url, headers }: IncomingMessage,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET');
  const path = url?.split('?')[0];
  if (path === '/health/live') return json(200, { status: 'live' });
  if (path === '/health/ready') return ready(deps.health);
  if (path !== '/metrics') return text(404, 'only /health/live, /health/ready and /metrics');
  deps.guard.assert(headers);
  return { status: 200, type: deps.metrics.contentType, body: await deps.metrics.text() };
}

function ready(health: HealthDependencies): Answer {
  const { ready, checks } = readiness(health);
  return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not_ready', checks });
}

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

const json = (status: number, value: object): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});
