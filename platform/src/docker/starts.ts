import type { Log } from '@mcp-gateway/core/ports/log';
import { backOff } from './back-off.ts';
import { imageReference } from './container-options.ts';
import { ContainerError } from './containers.ts';
import type { Containers } from './containers.ts';
import type { ImagePulls, PullState } from './image-pulls.ts';
import { instanceName } from './names.ts';
import type { Wanted } from './observer.ts';
import type { Timings } from './options.ts';
import type { Action } from './plan.ts';
import type { Trouble } from './trouble.ts';

interface Failed extends Trouble {
  readonly hash: string;
  readonly failures: number;
  readonly retryAt: number;
}

export interface StartsParts {
  readonly containers: Pick<Containers, 'create' | 'start' | 'setAside'>;
  readonly pulls: ImagePulls;
  readonly registry: string | undefined;
  readonly timings: Timings;
  readonly log: Log;
}

/** Starts replicas, and knows why some could not be. */
export interface Starts {
  run: (wanted: Wanted, action: Exclude<Action, { kind: 'end' }>) => Promise<void>;
  /** Until when starting this replica makes no sense. */
  notBefore: (wanted: Wanted, ordinal: number) => number;
  trouble: (wanted: Wanted, ordinal: number) => Trouble | undefined;
  pull: (wanted: Wanted) => PullState | undefined;
}

/** Starts that have not failed yet. */
export function starts({ containers, pulls, registry, timings, log }: StartsParts): Starts {
  const failed = new Map<string, Failed>();

  const trouble = ({ workload, hash }: Wanted, ordinal: number): Failed | undefined => {
    const found = failed.get(instanceName(workload, ordinal));
    return found?.hash === hash ? found : undefined;
  };
  const fail = (wanted: Wanted, ordinal: number, why: Trouble): void => {
    const instance = instanceName(wanted.workload, ordinal);
    const failures = (trouble(wanted, ordinal)?.failures ?? 0) + 1;
    const retryAt = Date.now() + backOff(timings, failures);
    failed.set(instance, { ...why, hash: wanted.hash, failures, retryAt });
    log.warn({ instance, reason: why.reason }, 'replica not started');
  };
  const pull = ({ workload }: Wanted) => pulls.state(imageReference(workload.image, registry));
  const act = async (wanted: Wanted, action: Parameters<Starts['run']>[1]): Promise<void> => {
    if (action.kind === 'start') return containers.start(action.replica);
    const { ordinal, failures, after } = action;
    if (after) await containers.setAside(after);
    return containers.create({ ...wanted, ordinal, failures });
  };

  return {
    trouble,
    pull,
    run: async (wanted, action) => {
      const ordinal = action.kind === 'start' ? action.replica.ordinal : action.ordinal;
      try {
        await act(wanted, action);
        failed.delete(instanceName(wanted.workload, ordinal));
      } catch (error) {
        if (!(error instanceof ContainerError)) throw error;
        if (error.missingImage === undefined) fail(wanted, ordinal, error.trouble);
        else pulls.begin(error.missingImage);
      }
    },
    notBefore: (wanted, ordinal) => {
      const state = pull(wanted);
      // A pull that goes on ends with a wake.
      const pulled = state?.kind === 'pulling' ? Infinity : (state?.retryAt ?? 0);
      return Math.max(pulled, trouble(wanted, ordinal)?.retryAt ?? 0);
    },
  };
}
