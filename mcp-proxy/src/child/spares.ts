import type { Tuning } from '../tuning.ts';
import type { Child } from './child.ts';

/** Children that are warm and wait for somebody. */
export interface Spares {
  readonly take: () => Child | undefined;
  /** Starts what is missing, soon. */
  readonly refill: () => void;
  /** Keeps spares from now on, or ends those that wait. */
  readonly keep: (keeping: boolean) => void;
}

/** Keeps `count` spares that `begin` starts; one that exits is replaced after a pause that doubles. */
export function createSpares(
  begin: () => Child | undefined,
  count: number,
  { backoffMs, maxBackoffMs }: Tuning,
): Spares {
  let waiting: Child[] = [];
  let keeping = false;
  let pause = 0;
  let timer: NodeJS.Timeout | undefined;

  const add = (): boolean => {
    const child = begin();
    if (child === undefined) return false;
    waiting.push(child);
    void child.exit.then(() => {
      if (!waiting.includes(child)) return;
      waiting = waiting.filter((other) => other !== child);
      pause = Math.min(Math.max(pause * 2, backoffMs), maxBackoffMs);
      refill();
    });
    return true;
  };
  const refill = (): void => {
    if (!keeping || timer !== undefined || waiting.length >= count) return;
    // Not in the turn of the event loop that answers a caller: starting a process stops this one for a millisecond.
    timer = setTimeout(() => {
      timer = undefined;
      while (keeping && waiting.length < count && add());
    }, pause);
    timer.unref();
  };

  return {
    take: () => {
      let spare = waiting.shift();
      while (spare?.exited()) spare = waiting.shift();
      if (spare) pause = 0;
      return spare;
    },
    refill,
    keep: (keep) => {
      keeping = keep;
      if (keep) {
        refill();
        return;
      }
      clearTimeout(timer);
      timer = undefined;
      for (const spare of waiting.splice(0)) void spare.end();
    },
  };
}
