import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import { GatewayError, isGatewayError, STATUS } from '@mcp-gateway/core/domain/errors';
import { REQUEST_ID_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Audit } from '@mcp-gateway/core/ports/audit';
import type { Identity } from '@mcp-gateway/core/ports/identity';
import type { Log } from '@mcp-gateway/core/ports/log';
import { audited } from './audit/audited.ts';
import type { NotedAccess } from './audit/noted-access.ts';
import { scopeChallenge, signInChallenge, type ChallengeContext } from './challenge.ts';
import type { HttpMetrics } from './metrics.ts';
import type { OriginGuard } from './origin-guard.ts';
import { problemHeaders, toProblem } from './problems.ts';
import { requestIdFrom } from './request-id.ts';
import type { GatewayContext, GatewayState, Route } from './routes/route.ts';

export interface ApiDependencies {
  readonly routes: readonly Route[];
  readonly identity: Identity;
  readonly guard: OriginGuard;
  readonly metrics: HttpMetrics;
  readonly log: Log;
  readonly audit: Audit;
  /** What was granted in a request, by its principal. */
  readonly used: NotedAccess['used'];
  /** How callers get in; absent where they have no tokens. */
  readonly challenge?: (() => ChallengeContext) | undefined;
}

type Step = Middleware<GatewayState>;

/** Everything that is not a call of an MCP server: routes, and what each request goes through before them. */
export function createApi(deps: ApiDependencies): Koa {
  const { routes, identity, guard, metrics, log } = deps;
  const api = new Koa<GatewayState>();
  api.use(identified(log));
  api.use(observed(metrics));
  api.use(answeringProblems(deps));
  const router = new Router<GatewayState>({ sensitive: true });
  for (const route of routes) {
    router.register(
      route.path,
      [route.method],
      [
        audited(deps, route),
        ...(route.unguarded ? [] : [guarded(guard)]),
        ...(route.anonymous ? [] : [authenticated(identity)]),
        (ctx: GatewayContext) => route.handle(ctx),
      ],
    );
  }
  api.use(router.routes() as Step);
  api.use(unmatched(routes));
  // An answer that breaks while it streams has no other way to be seen.
  api.on('error', (err: unknown) => log.debug({ err }, 'answer broken'));
  return api; // state is for the steps, nobody outside reads it
}

function identified(log: Log): Step {
  return async (ctx, next) => {
    ctx.state.requestId = requestIdFrom(ctx.req.headers[REQUEST_ID_HEADER]);
    ctx.state.log = log;
    ctx.set('X-Request-Id', ctx.state.requestId);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Cache-Control', 'no-store');
    await next();
  };
}

function observed(metrics: HttpMetrics): Step {
  return async (ctx, next) => {
    const start = performance.now();
    await next();
    const route = templateOf(ctx);
    const seconds = (performance.now() - start) / 1000;
    const { method, status, state } = ctx;
    metrics.requestAnswered({ route, method, status, seconds });
    state.log.debug({ requestId: state.requestId, method, route, status, seconds }, 'answered');
  };
}

function answeringProblems({ challenge }: ApiDependencies): Step {
  return async (ctx, next) => {
    const { requestId, log } = ctx.state;
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error, requestId);
      if (problem.status >= 500) log.error({ requestId, err: error }, 'request failed');
      ctx.status = problem.status;
      ctx.set(problemHeaders(error, challengeFor(ctx, error, challenge?.())));
      // What is left of a body that nobody reads would have to be taken in before the next request.
      if (problem.status === 413) ctx.set('Connection', 'close');
      ctx.type = 'application/problem+json';
      ctx.body = problem;
    }
  };
}

/** A refusal of a page or host of strangers is no question of rights, so it has none. */
function challengeFor(
  { req, state }: Pick<GatewayContext, 'req' | 'state'>,
  error: unknown,
  context: ChallengeContext | undefined,
): string | undefined {
  if (!isGatewayError(error)) return undefined;
  if (error.code === 'unauthenticated') {
    return context ? signInChallenge(context, req.headers.authorization !== undefined) : 'Bearer';
  }
  const isAboutRights = error.code === 'insufficient_scope' || state.principal !== undefined;
  if (context === undefined || STATUS[error.code] !== 403 || !isAboutRights) return undefined;
  return scopeChallenge(context);
}

function guarded(guard: OriginGuard): Step {
  return (ctx, next) => {
    guard.assert(ctx.req.headers);
    return next();
  };
}

function authenticated(identity: Identity): Step {
  return async (ctx, next) => {
    // An object of this request alone, since what was granted to it is noted.
    ctx.state.principal = { ...(await identity.authenticate(ctx.req.headers)) };
    await next();
  };
}

/** Says which methods a known path has (RFC 9110 sections 9.3.7 and 15.5.6); every other path is not found. */
function unmatched(routes: readonly Route[]): Step {
  const known = routes.map(({ method, path }) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`),
  }));
  return (ctx) => {
    const methods = known.filter(({ pattern }) => pattern.test(ctx.path)).map((one) => one.method);
    if (methods.length === 0) throw new GatewayError('not_found', 'There is nothing at this path.');
    if (methods.includes('GET')) methods.push('HEAD');
    ctx.set('Allow', [...new Set([...methods, 'OPTIONS'])].join(', '));
    if (ctx.method !== 'OPTIONS') {
      throw new GatewayError('method_not_allowed', 'This path does not have this method.');
    }
    ctx.status = 204;
  };
}

/** The router notes the template of the route that it took. */
function templateOf(ctx: object): string {
  return '_matchedRoute' in ctx && typeof ctx._matchedRoute === 'string'
    ? ctx._matchedRoute
    : 'none';
}
