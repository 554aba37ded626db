import { setImmediate as turn } from 'node:timers/promises';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import type { Kind } from './kinds.ts';
import { settle } from './settle.ts';

/** What one round of repair came to. */
export interface ReconcileResult {
  readonly settled: number;
  readonly failed: number;
}

export interface ReconcilerOptions<S extends WorkloadSpec> {
  readonly kind: Pick<Kind<S, unknown>, 'kind' | 'workload'>;
  readonly store: ResourceStore<Recorded<S>>;
  readonly orchestrator: Pick<Orchestrator, 'apply' | 'remove' | 'list'>;
  readonly log: Log;
}

/**
 * One round of repair for one kind: every stored resource runs as stored, deletions that had begun are finished,
 * and what no record owns is removed. One resource's failure stops none of the others.
 */
export async function reconcile<S extends WorkloadSpec>(
  { kind, store, orchestrator, log }: ReconcilerOptions<S>,
  signal?: AbortSignal,
): Promise<ReconcileResult> {
  // What cannot be read fails below, each for itself, and stays as it is.
  const names = new Set((await store.versions()).keys());
  for (const id of await orchestrator.list()) if (id.kind === kind.kind) names.add(id.name);
  let failed = 0;
  for (const name of names) {
    await turn(); // ports that answer at once would have requests wait for the whole round
    if (signal?.aborted) break;
    try {
      await settle({ kind, store, orchestrator }, name);
    } catch (error) {
      failed++;
      log.warn({ [kind.kind]: name, err: error }, `${kind.kind} cannot be repaired yet`);
    }
  }
  return { settled: names.size - failed, failed };
}
