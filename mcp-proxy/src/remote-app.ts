import type { RequestListener } from 'node:http';
import type { BridgeSettings } from '@mcp-gateway/core/domain/settings/bridge-settings';
import { answerHealth, type Health } from './health.ts';
import { refuse } from './http/answer.ts';
import { createGuard } from './http/guard.ts';
import { notFound } from './http/refusals.ts';
import { pathOf } from './http/target.ts';
import { createReach } from './remote/reach.ts';
import type { Service } from './service.ts';
import type { Tuning } from './tuning.ts';
import { until } from './until.ts';

export interface RemoteAppOptions {
  readonly settings: BridgeSettings;
  /** The MCP endpoint of the remote server. */
  readonly url: URL;
  readonly tuning: Tuning;
  /** Relays a request to the remote server. */
  readonly relay: RequestListener;
}

/** The bridge to a server elsewhere: the same paths, health and guard as over a child, and the relay behind them. */
export function createRemoteApp({ settings, url, tuning, relay }: RemoteAppOptions): Service {
  const reach = createReach(url, tuning);
  const guard = createGuard({
    host: settings.HOST,
    allowedOrigins: settings.MCP_ALLOWED_ORIGINS,
    allowedHosts: settings.MCP_ALLOWED_HOSTS,
  });
  let draining = false;
  let posts = 0;
  const health = (): Health => {
    if (draining) return { status: 'draining', detail: 'The bridge is shutting down' };
    if (reach.reached()) return { status: 'ready', detail: `Relays to ${url.host}` };
    const failure = reach.failure();
    const why = failure === undefined ? '' : `; it could not be reached (${failure})`;
    return { status: 'starting', detail: `Waiting for ${url.host}${why}` };
  };

  return {
    handler: (request, response) => {
      const path = pathOf(request);
      if (path !== '/mcp') {
        if (!answerHealth(path, response, health)) refuse(response, null, notFound);
        return;
      }
      const barred = guard(request);
      if (barred !== undefined) {
        refuse(response, null, { status: 403, message: barred });
        return;
      }
      if (request.method === 'POST') {
        posts += 1;
        response.on('close', () => {
          posts -= 1;
        });
      }
      relay(request, response);
    },
    start: reach.start,
    drain: () => {
      draining = true;
      reach.stop();
      return until(() => posts === 0, settings.MCP_DRAIN_SECONDS * 1000);
    },
    kill: () => undefined,
  };
}
