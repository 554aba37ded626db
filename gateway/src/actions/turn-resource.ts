import type { DisableRequest } from '@mcp-gateway/core/domain/disabled';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Recorded, Resource, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { WorkloadStatus } from '@mcp-gateway/core/domain/workload';
import type { Stored } from '@mcp-gateway/core/ports/resource-store';
import { authorize } from './authorize.ts';
import { existing } from './existing-resource.ts';
import { assertMatches, type Precondition } from './precondition.ts';
import type { ResourceDependencies } from './resource-dependencies.ts';
import { retried } from './retried.ts';
import { settle } from './settle.ts';

/** Which resource is switched off, where `off` says why, or on again. */
export interface Turn {
  readonly name: string;
  readonly off?: DisableRequest;
  readonly precondition?: Precondition;
}

/** Switches a resource off or on; what is so already stays as it is. Callers are refused before its replicas have ended. */
export async function turnResource<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  turn: Turn,
): Promise<Stored<Recorded<S>>> {
  const { kind } = deps.kind;
  const { name, off, precondition } = turn;
  const stored = await retried(kind, precondition, () => write(deps, principal, turn));
  await deps.written(name);
  await settle(deps, name);
  deps.log.info({ [kind]: name, by: principal.id }, `${kind} ${off ? 'disabled' : 'enabled'}`);
  return stored;
}

async function write<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  { name, off, precondition }: Turn,
): Promise<Stored<Recorded<S>>> {
  const { kind } = deps.kind;
  const before = await existing(deps, name);
  authorize(deps.access, principal, { operation: 'write', kind, resource: before.value });
  assertMatches(kind, precondition, before.etag);
  const { disabled } = before.value;
  const isSo = off ? disabled !== undefined && (off.reason ?? disabled.reason) === disabled.reason : disabled === undefined; // prettier-ignore
  if (isSo) return before;
  const at = deps.now().toISOString();
  const now = off && { at, by: principal.id, ...(off.reason !== undefined && { reason: off.reason }) }; // prettier-ignore
  const resource: Recorded<S> = { ...before.value, lastUpdatedAt: at };
  if (now === undefined) delete resource.disabled;
  else resource.disabled = now;
  return deps.store.replace(resource, before.etag);
}

/** The status of what runs, and whether it shall run at all. */
export function withSwitch(status: WorkloadStatus, { disabled }: Resource): WorkloadStatus {
  if (disabled === undefined) return status;
  const { at, by, reason } = disabled;
  const message = `Disabled by ${by} at ${at}${reason === undefined ? '' : `: ${reason}`}`;
  const conditions = [{ reason: 'Disabled', message }, ...status.conditions];
  return { ...status, replicaStatus: 'Disabled', conditions };
}
