import type { Access } from '@mcp-gateway/core/domain/access';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import type { Ranking } from '@mcp-gateway/core/ports/ranking';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import type { Kind } from './kinds.ts';

/** What the use cases of one kind of resource work with. */
export interface ResourceDependencies<S extends WorkloadSpec, V> {
  readonly kind: Kind<S, V>;
  readonly store: ResourceStore<Recorded<S>>;
  readonly orchestrator: Orchestrator;
  readonly access: Access;
  readonly ranking: Ranking;
  /** Told of every write, so that this process serves it at once. */
  readonly written: (name: string) => Promise<void>;
  readonly log: Log;
  readonly now: () => Date;
  readonly newUid: () => string;
}
