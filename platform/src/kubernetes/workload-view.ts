import { podCondition } from './conditions.ts';
import type { PodView, SetView } from './views.ts';

/** The live view of one workload. */
export interface WorkloadView {
  readonly set: () => SetView | undefined;
  readonly pod: (name: string) => PodView | undefined;
  readonly pods: () => readonly PodView[];
  /** Resolves at the next change of the set or one of its pods; rejects when the signal is aborted. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
}

/** True for a replica that is there or should be. */
export function exists(view: WorkloadView, pod: string, instance: number): boolean {
  const wanted = instance >= 0 && instance < (view.set()?.desired ?? 0);
  return wanted || view.pod(pod) !== undefined;
}

/** What stands in for the log of a replica that has written none. */
export function startingSentence(name: string, pod: PodView | undefined): string {
  const reason = pod && podCondition(pod)?.reason;
  const why = reason === undefined || reason === 'Starting' ? '' : ` (${reason})`;
  return `Replica ${name} is starting and has written nothing yet${why}.\n`;
}
