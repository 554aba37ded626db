import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Containers } from './containers.ts';
import { engineWords } from './engine.ts';
import type { Replica } from './names.ts';
import type { Observer, Wanted } from './observer.ts';
import type { Timings } from './options.ts';
import type { Passes } from './passes.ts';
import { plan } from './plan.ts';
import type { Facts } from './plan.ts';
import type { Starts } from './starts.ts';

const ENGINE_RETRY_MS = 1_000;

export interface SupervisorParts {
  readonly containers: Pick<Containers, 'end'>;
  readonly observer: Observer;
  readonly starts: Starts;
  readonly passes: Pick<Passes, 'wake'>;
  readonly timings: Timings;
  readonly log: Log;
}

/**
 * Looks at one object and takes the next steps towards what is desired; never rejects. The containers are the state:
 * of several gateways that do this for one folder, each finds what the others did and goes on from there.
 */
export function supervisor(parts: SupervisorParts): (object: string) => Promise<void> {
  const { containers, observer, starts, passes, timings, log } = parts;

  /** Takes its time, so the pass goes on meanwhile. */
  const end = async (replica: Replica, drain: boolean): Promise<void> => {
    const { id, object, instance } = replica;
    if (observer.ending.has(id)) return;
    observer.ending.add(id);
    observer.renew(object);
    try {
      if (drain) await delay(timings.drain);
      await containers.end(replica, timings.grace);
      passes.wake(object);
    } catch (error) {
      observer.ending.delete(id);
      log.warn({ instance, error: engineWords(error) }, 'replica not ended');
      passes.wake(object, ENGINE_RETRY_MS);
    }
  };
  const factsOf = (wanted: Wanted | undefined): Facts => ({
    now: Date.now(),
    isReady: observer.isReady,
    restart: ({ id }) => {
      const { restartAt = 0, failures = 1 } = observer.exit(id) ?? {};
      return { at: restartAt, failures };
    },
    notBefore: (ordinal) => (wanted ? starts.notBefore(wanted, ordinal) : 0),
  });

  return async (object) => {
    try {
      const { wanted, replicas } = await observer.look(object);
      const { actions, wakeAt = Infinity } = plan(wanted, replicas, factsOf(wanted));
      for (const action of actions) {
        if (action.kind === 'end') void end(action.replica, action.drain);
        else if (wanted) await starts.run(wanted, action);
      }
      if (wakeAt !== Infinity) passes.wake(object, Math.max(10, wakeAt - Date.now()));
    } catch (error) {
      const words = engineWords(error);
      log.warn({ object, error: words }, 'workload not looked after');
      observer.blind(object, `The Docker engine does not do its work: ${words}`);
      passes.wake(object, ENGINE_RETRY_MS);
    }
  };
}
