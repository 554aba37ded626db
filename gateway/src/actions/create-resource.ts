import { GatewayError, isGatewayError } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Stored } from '@mcp-gateway/core/ports/resource-store';
import { authorizePrivileges } from './authorize-privileges.ts';
import { authorize } from './authorize.ts';
import { buried } from './delete-resource.ts';
import type { ResourceDependencies } from './resource-dependencies.ts';
import { settle } from './settle.ts';

/** Stores the resource and has it run; when the platform does not take it, it is as if it had never been asked for. */
export async function createResource<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  spec: S,
): Promise<Stored<Recorded<S>>> {
  const { kind } = deps.kind;
  authorize(deps.access, principal, { operation: 'create', kind });
  authorizePrivileges(deps.access, principal, { kind, spec });
  const at = deps.now().toISOString();
  const resource: Recorded<S> = {
    ...spec,
    uid: deps.newUid(),
    createdBy: principal.id,
    createdAt: at,
    lastUpdatedAt: at,
  };
  await deps.orchestrator.check(deps.kind.workload(resource));
  const stored = await stow(deps, resource);
  const { name } = resource;
  try {
    await settle(deps, name);
  } catch (error) {
    deps.log.warn({ [kind]: name, err: error }, `${kind} not accepted, taking it back`);
    await takeBack(deps, stored);
    throw error;
  } finally {
    await deps.written(name);
  }
  deps.log.info({ [kind]: name, by: principal.id }, `${kind} created`);
  return stored;
}

async function stow<S extends WorkloadSpec, V>(
  { store, kind: { kind } }: ResourceDependencies<S, V>,
  resource: Recorded<S>,
): Promise<Stored<Recorded<S>>> {
  const { name } = resource;
  try {
    return await store.create(resource);
  } catch (error) {
    if (!isGatewayError(error, 'conflict')) throw error;
    const taken = await store.get(name);
    throw taken?.value.deletedAt === undefined
      ? new GatewayError('conflict', `The name "${name}" is taken.`)
      : new GatewayError('conflict', `The ${kind} "${name}" is still being deleted.`, {
          retryAfterSeconds: 1,
        });
  }
}

/** What cannot be taken back now is marked as deleted where possible; the reconciler does the rest. */
async function takeBack<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  { value, etag }: Stored<Recorded<S>>,
): Promise<void> {
  const { kind } = deps.kind;
  try {
    await deps.store.replace(buried(value, deps.now()), etag);
    await settle(deps, value.name);
  } catch (error) {
    deps.log.warn({ [kind]: value.name, err: error }, `${kind} not taken back yet`);
  }
}
