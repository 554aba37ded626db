import { GatewayError, isGatewayError } from '@mcp-gateway/core/domain/errors';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import type { ResourceStore, Stored } from '@mcp-gateway/core/ports/resource-store';
import type { Kind } from './kinds.ts';

const MAX_ROUNDS = 5;

/** The resources of one kind, and where they run. */
export interface SettleDependencies<S extends WorkloadSpec> {
  readonly kind: Pick<Kind<S, unknown>, 'kind' | 'workload'>;
  readonly store: ResourceStore<Recorded<S>>;
  readonly orchestrator: Pick<Orchestrator, 'apply' | 'remove'>;
}

/**
 * Makes the platform run what the store says of one name, and finishes a deletion that has begun.
 * It always acts on a record just read and looks again afterwards, so that whichever of several
 * writers (also in other processes) comes last, the last record is what runs.
 */
export async function settle<S extends WorkloadSpec>(
  deps: SettleDependencies<S>,
  name: string,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const settled = await enact(deps, name, await deps.store.get(name));
    const now = await deps.store.get(name);
    if (now?.etag === settled) return;
  }
  const { kind } = deps.kind;
  throw new GatewayError('unavailable', `The ${kind} "${name}" is being changed too often.`, {
    retryAfterSeconds: 1,
  });
}

/** Returns the version that the platform now runs; undefined when it runs nothing. */
async function enact<S extends WorkloadSpec>(
  { kind: { kind, workload }, store, orchestrator }: SettleDependencies<S>,
  name: string,
  record: Stored<Recorded<S>> | undefined,
): Promise<string | undefined> {
  if (record !== undefined && record.value.deletedAt === undefined) {
    await orchestrator.apply(workload(record.value));
    return record.etag;
  }
  await orchestrator.remove({ kind, name });
  if (record !== undefined) await store.delete(name, record.etag).catch(unlessGone);
  return undefined;
}

/** Somebody else has finished the same deletion. */
function unlessGone(error: unknown): void {
  if (!isGatewayError(error, 'not_found') && !isGatewayError(error, 'precondition_failed')) {
    throw error;
  }
}
