import { GatewayError, STATUS } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Stored } from '@mcp-gateway/core/ports/resource-store';
import { authorizePrivileges } from './authorize-privileges.ts';
import { authorize } from './authorize.ts';
import { existing } from './existing-resource.ts';
import { assertMatches, type Precondition } from './precondition.ts';
import type { ResourceDependencies } from './resource-dependencies.ts';
import { retried } from './retried.ts';
import { settle } from './settle.ts';

/** What shall be in the place of what. */
export interface Replacement<S> {
  readonly name: string;
  readonly spec: S;
  readonly precondition?: Precondition;
}

interface Change<S> {
  readonly before: Stored<Recorded<S>>;
  readonly after: Stored<Recorded<S>>;
}

/** Puts a spec in the place of all that the resource was, but who made it and when. */
export async function replaceResource<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  replacement: Replacement<S>,
): Promise<Stored<Recorded<S>>> {
  const { kind } = deps.kind;
  const { name, precondition } = replacement;
  const change = await retried(kind, precondition, () => write(deps, principal, replacement));
  try {
    await settle(deps, name);
  } catch (error) {
    await putBackIfRefused(deps, change, error);
    throw error;
  } finally {
    await deps.written(name);
  }
  deps.log.info({ [kind]: name, by: principal.id }, `${kind} replaced`);
  return change.after;
}

async function write<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  { name, spec, precondition }: Replacement<S>,
): Promise<Change<S>> {
  const { kind, workload } = deps.kind;
  const before = await existing(deps, name);
  authorize(deps.access, principal, { operation: 'write', kind, resource: before.value });
  authorizePrivileges(deps.access, principal, { kind, spec });
  assertSameName(spec, name);
  assertMatches(kind, precondition, before.etag);
  const { uid, createdBy, createdAt, disabled } = before.value;
  const lastUpdatedAt = deps.now().toISOString();
  const kept = { uid, createdBy, createdAt, ...(disabled && { disabled }) };
  const resource: Recorded<S> = { ...spec, ...kept, lastUpdatedAt };
  await deps.orchestrator.check(workload(resource));
  return { before, after: await deps.store.replace(resource, before.etag) };
}

function assertSameName(spec: WorkloadSpec, name: string): void {
  if (spec.name === name) return;
  throw new GatewayError('invalid_request', "The body's name must equal the one in the path.", {
    errors: [{ path: 'name', message: `must be "${name}"` }],
  });
}

/** What the platform refuses for good must not stay as what is wanted; a passing failure is mended by the reconciler. */
async function putBackIfRefused<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  { before, after }: Change<S>,
  error: unknown,
): Promise<void> {
  if (!(error instanceof GatewayError) || STATUS[error.code] >= 500) return;
  const { kind } = deps.kind;
  const { name } = after.value;
  try {
    await deps.store.replace(before.value, after.etag);
    await settle(deps, name);
  } catch (failure) {
    deps.log.warn({ [kind]: name, err: failure }, `former ${kind} not restored`);
  }
}
