import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Resource, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import { authorize } from './authorize.ts';
import { recorded } from './existing-resource.ts';
import { assertMatches, type Precondition } from './precondition.ts';
import type { ResourceDependencies } from './resource-dependencies.ts';
import { retried } from './retried.ts';
import { settle } from './settle.ts';

/** Deletes the resource with everything that runs for it; asked again, it goes on where it stopped. */
export async function deleteResource<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  name: string,
  precondition: Precondition,
): Promise<void> {
  const { kind } = deps.kind;
  await retried(kind, precondition, () => bury(deps, principal, name, precondition));
  await deps.written(name);
  await settle(deps, name);
  deps.log.info({ [kind]: name, by: principal.id }, `${kind} deleted`);
}

async function bury<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  name: string,
  precondition: Precondition,
): Promise<void> {
  const { kind } = deps.kind;
  const { value, etag } = await recorded(deps, name);
  authorize(deps.access, principal, { operation: 'write', kind, resource: value });
  if (value.deletedAt !== undefined) return;
  assertMatches(kind, precondition, etag);
  await deps.store.replace(buried(value, deps.now()), etag);
}

/** The resource marked as being deleted: from now on nobody is served, and its name is free once it is gone. */
export function buried<R extends Resource>(resource: R, at: Date): R {
  return { ...resource, deletedAt: at.toISOString() };
}
