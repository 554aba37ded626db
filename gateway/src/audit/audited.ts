import { isGatewayError, STATUS } from '@mcp-gateway/core/domain/errors';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Audit, AuditEvent } from '@mcp-gateway/core/ports/audit';
import type { GatewayContext, Route } from '../routes/route.ts';
import type { NotedAccess } from './noted-access.ts';

export interface AuditedDependencies {
  readonly audit: Audit;
  readonly used: NotedAccess['used'];
}

const REFUSED: readonly number[] = [401, 403, 429];
const SAFE_NAME = /^[a-z0-9-]{1,64}$/;

/** Records each change that is asked of a route, and each refusal; only reading that is allowed leaves no trace. */
export function audited({ audit, used }: AuditedDependencies, route: Route) {
  return async (ctx: GatewayContext, next: () => Promise<unknown>): Promise<void> => {
    const startedAt = performance.now();
    let thrown: unknown;
    try {
      await next();
    } catch (error) {
      thrown = error;
      throw error;
    } finally {
      const status = thrown === undefined ? ctx.status : statusOf(thrown);
      if (route.method !== 'get' || REFUSED.includes(status)) {
        const { principal, requestId } = ctx.state;
        audit.record({
          action: route.id,
          requestId,
          ...(principal && whoIs(principal, used)),
          resource: resourceOf(ctx, route),
          outcome: outcomeOf(status),
          status,
          code: codeOf(thrown),
          durationMs: Math.round((performance.now() - startedAt) * 1e3) / 1e3,
          requestBytes: Number(ctx.req.headers['content-length'] ?? 0),
        });
      }
    }
  };
}

function whoIs(principal: Principal, used: NotedAccess['used']) {
  const { id, name, kind } = principal;
  const { relations, roles } = used(principal);
  return { principal: { id, name, kind }, relations, roles };
}

function resourceOf({ params, state }: GatewayContext, { path }: Route): AuditEvent['resource'] {
  const name = params.name ?? state.resourceName ?? '';
  const kind = KINDS[path.split('/')[1] ?? ''];
  return kind !== undefined && SAFE_NAME.test(name) ? { kind, name } : undefined;
}

const KINDS: Readonly<Record<string, ResourceKind>> = { adapters: 'adapter', tools: 'tool' };

function outcomeOf(status: number): AuditEvent['outcome'] {
  if (REFUSED.includes(status)) return 'denied';
  return status < 400 ? 'allowed' : 'failed';
}

function statusOf(error: unknown): number {
  return isGatewayError(error) ? STATUS[error.code] : 500;
}

function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  return isGatewayError(error) ? error.code : 'internal_error';
}
