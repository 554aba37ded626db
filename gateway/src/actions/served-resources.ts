import { randomUUID } from 'node:crypto';
import type { Access } from '@mcp-gateway/core/domain/access';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';
import {
  resourceDirectory,
  type RefreshedDirectory,
} from '@mcp-gateway/core/ports/resource-directory';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import type { Kind } from './kinds.ts';
import { reconcile, type ReconcileResult } from './reconciler.ts';
import { resourceActions, type ResourceActions } from './resources.ts';

const MISS_TTL_MS = 1_000;

/** All that a process does with resources of one kind. */
export interface ServedResources<S extends WorkloadSpec, V> {
  readonly actions: ResourceActions<S, V>;
  readonly directory: RefreshedDirectory<Recorded<S>>;
  /** One round of repair. */
  repair: (signal?: AbortSignal) => Promise<ReconcileResult>;
}

interface Ports {
  readonly orchestrator: Orchestrator;
  readonly access: Access;
  readonly ranking: Ranking;
  /** Told when this process has seen a change of its own. */
  readonly changed?: () => void;
  readonly log: Log;
}

/** The resources of one kind in `store`; the directory is empty until its first refresh. */
export function servedResources<S extends WorkloadSpec, V extends { readonly name: string }>(
  kind: Kind<S, V>,
  store: ResourceStore<Recorded<S>>,
  ports: Ports,
): ServedResources<S, V> {
  const { log } = ports;
  const directory = resourceDirectory({ kind: kind.kind, store, log, missTtlMs: MISS_TTL_MS });
  const actions = resourceActions({
    ...ports,
    kind,
    store,
    written: async (name) => {
      await directory.reload(name);
      ports.changed?.();
    },
    now: () => new Date(),
    newUid: randomUUID,
  });
  return { actions, directory, repair: (signal) => reconcile({ ...ports, kind, store }, signal) };
}
