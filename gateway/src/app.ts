import type { IncomingMessage, ServerResponse } from 'node:http';
import { createApi, type ApiDependencies } from './api.ts';
import { cors } from './cors.ts';
import { openApi } from './openapi.ts';
import type { DataPlane } from './proxy/data-plane.ts';
import { settleTarget } from './request-target.ts';
import { clientConfigRoutes } from './routes/client-config.ts';
import { gatewayRoutes, type GatewayRouteDependencies } from './routes/gateway.ts';
import { resourceRoutes, type ResourceRouteDependencies } from './routes/resources.ts';
import type { Route } from './routes/route.ts';
import {
  RESOURCE_METADATA_PATH,
  wellKnownRoutes,
  type WellKnownRouteDependencies,
} from './routes/well-known.ts';

export type AppDependencies = ResourceRouteDependencies &
  Omit<GatewayRouteDependencies, 'document'> &
  WellKnownRouteDependencies &
  Omit<ApiDependencies, 'routes' | 'challenge'> & {
    readonly dataPlane: Pick<DataPlane, 'handles' | 'handle'>;
    readonly version: string;
  };

/** What answers each request on the public port. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The whole gateway as one handler: scripts' preflights, then MCP calls by the short way, then all else through Koa. */
export function createApp(deps: AppDependencies): Handler {
  const api = createApi({
    ...deps,
    routes: allRoutes(deps),
    challenge: challengeOf(deps),
  }).callback();
  return (request, response) => {
    // A client that sees it does not send its next request into a connection about to be closed.
    if (deps.stopping.aborted) response.setHeader('connection', 'close');
    if (!settleTarget(request, response)) return;
    if (request.headers.origin !== undefined && cors(deps.guard, request, response)) return;
    if (deps.dataPlane.handles(request.url ?? '/')) deps.dataPlane.handle(request, response);
    else void api(request, response);
  };
}

/** Every route of the public port outside the MCP paths. */
export function allRoutes(
  deps: ResourceRouteDependencies &
    WellKnownRouteDependencies &
    Omit<GatewayRouteDependencies, 'document'> & { version: string },
): readonly Route[] {
  let document: object | undefined;
  const routes: readonly Route[] = [
    ...resourceRoutes(deps),
    ...clientConfigRoutes(deps),
    ...wellKnownRoutes(deps),
    ...gatewayRoutes({ ...deps, document: () => (document ??= openApi(routes, deps.version)) }),
  ];
  return routes;
}

function challengeOf({ signIn, publicOrigin }: WellKnownRouteDependencies) {
  if (signIn === undefined) return undefined;
  return () => ({
    resourceMetadata: `${publicOrigin()}${RESOURCE_METADATA_PATH}`,
    scope: signIn.scope,
  });
}
