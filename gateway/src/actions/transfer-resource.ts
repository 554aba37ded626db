import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Stored } from '@mcp-gateway/core/ports/resource-store';
import { authorize } from './authorize.ts';
import { existing } from './existing-resource.ts';
import { assertMatches, type Precondition } from './precondition.ts';
import type { ResourceDependencies } from './resource-dependencies.ts';
import { retried } from './retried.ts';

/** What shall belong to whom. */
export interface Transfer {
  readonly name: string;
  /** Id of the new owner, as the identity provider names callers. */
  readonly createdBy: string;
  readonly precondition?: Precondition;
}

/** Makes somebody else the owner; what runs stays as it is. */
export async function transferResource<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  { name, createdBy, precondition }: Transfer,
): Promise<Stored<Recorded<S>>> {
  const { kind } = deps.kind;
  const transferred = await retried(kind, precondition, async () => {
    const { value, etag } = await existing(deps, name);
    authorize(deps.access, principal, { operation: 'transfer', kind, resource: value });
    assertMatches(kind, precondition, etag);
    const lastUpdatedAt = deps.now().toISOString();
    return deps.store.replace({ ...value, createdBy, lastUpdatedAt }, etag);
  });
  await deps.written(name);
  deps.log.info({ [kind]: name, by: principal.id, to: createdBy }, `${kind} transferred`);
  return transferred;
}
