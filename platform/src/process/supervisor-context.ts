import type { Permits } from './permits.ts';
import type { ProcessOrchestratorOptions, Timings } from './options.ts';
import type { Records } from './records.ts';

/** What the supervising gateway and its replicas share. */
export interface SupervisorContext extends Omit<ProcessOrchestratorOptions, 'timings'> {
  readonly timings: Timings;
  readonly records: Records;
  /** Bounds how many replicas start at the same time. */
  readonly starts: Permits;
  /** Called after each change of a replica of `object`. */
  readonly changed: (object: string) => void;
  /** Called when another gateway has taken over. */
  readonly superseded: () => void;
}
