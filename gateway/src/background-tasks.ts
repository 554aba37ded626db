import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Leadership } from '@mcp-gateway/core/ports/leadership';
import type { Log } from '@mcp-gateway/core/ports/log';
import { periodically, whileLeading, type Periodic } from './actions/periodic.ts';
import type { ReconcileResult } from './actions/reconciler.ts';
import type { GatewayMetrics } from './metrics.ts';

const RECONCILE_EVERY_MS = 30_000;
const REVIEW_EVERY_MS = 1_000;

type Repair = (signal: AbortSignal) => Promise<ReconcileResult>;

export interface BackgroundTaskOptions {
  readonly refreshEveryMs: number;
  readonly refresh: () => Promise<void>;
  /** Ends what would not be let in any more. */
  readonly review: () => void;
  /** In this order, one after the other. */
  readonly repairs: readonly (readonly [ResourceKind, Repair])[];
  /** Who repairs, where there are several; this process when absent. */
  readonly leadership: Leadership | undefined;
  readonly metrics: Pick<GatewayMetrics, 'reconciled'>;
  readonly log: Log;
}

/** What a gateway does besides answering: it reads the store, reviews what is open, and repairs. */
export function backgroundTasks(options: BackgroundTaskOptions): readonly Periodic[] {
  const { refreshEveryMs, refresh, review, repairs, leadership, metrics, log } = options;
  const repair = async (signal: AbortSignal): Promise<void> => {
    for (const [kind, round] of repairs) {
      try {
        metrics.reconciled(kind, await round(signal));
      } catch (error) {
        metrics.reconciled(kind, 'failed');
        log.warn({ err: error, kind }, 'no round of repair');
      }
    }
  };
  return [
    periodically(refreshEveryMs, refresh),
    periodically(REVIEW_EVERY_MS, () => {
      review();
      return Promise.resolve();
    }),
    whileLeading(leadership, () => periodically(RECONCILE_EVERY_MS, repair)),
  ];
}
