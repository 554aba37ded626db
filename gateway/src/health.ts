import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Resource } from '@mcp-gateway/core/domain/resource';
import type { RefreshedDirectory } from '@mcp-gateway/core/ports/resource-directory';

/** Whether this process should be sent requests, and why not. */
export interface Readiness {
  readonly ready: boolean;
  /** `degraded` is for operators to see; requests are still better sent here than nowhere. */
  readonly checks: Readonly<Record<string, 'ok' | 'degraded' | 'failing'>>;
}

type Directory = Pick<RefreshedDirectory<Resource>, 'healthy' | 'loaded' | 'unreadable'>;

export interface HealthDependencies {
  /** The view of the stored resources of each kind. */
  readonly directories: Readonly<Record<ResourceKind, Directory>>;
  readonly stopping: AbortSignal;
}

/**
 * Asks each part on which answers depend. A store that cannot be read any more is no reason to send requests elsewhere:
 * every replica has lost the same one, and all go on with what they know.
 */
export function readiness({ directories, stopping }: HealthDependencies): Readiness {
  const views = Object.values(directories);
  const withoutStore = views.every((view) => view.loaded()) ? 'degraded' : 'failing';
  const checks = {
    store: views.every((view) => view.healthy()) ? 'ok' : withoutStore,
    records: views.every((view) => view.unreadable().length === 0) ? 'ok' : 'degraded',
    running: stopping.aborted ? 'failing' : 'ok',
  } as const;
  return { ready: Object.values(checks).every((check) => check !== 'failing'), checks };
}
