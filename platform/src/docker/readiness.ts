import { setTimeout as delay } from 'node:timers/promises';
import type { Replica } from './names.ts';
import type { Timings } from './options.ts';
import { probe } from './probe.ts';

/** `unready`: was ready and refuses now. */
export interface Readiness {
  readonly state: 'starting' | 'ready' | 'unready';
  readonly detail: string;
}

/** Asks running replicas again and again whether they are ready. */
export interface ReadinessWatch {
  of: (id: string) => Readiness;
  /** Watches these replicas of an object from now on, and no others of it. */
  watch: (object: string, running: readonly Replica[], path: string | undefined) => void;
}

const UNKNOWN: Readiness = { state: 'starting', detail: 'it has just been started' };

/** Calls `changed` whenever a replica of the object becomes ready or unready. */
export function readinessWatch(
  timings: Timings,
  signal: AbortSignal,
  changed: (object: string) => void,
): ReadinessWatch {
  const known = new Map<string, Readiness>();
  const watched = new Map<string, Map<string, AbortController>>();

  const follow = async (
    { id, object, port = 0 }: Replica,
    path: string | undefined,
    stop: AbortSignal,
  ) => {
    for (;;) {
      const before = known.get(id) ?? UNKNOWN;
      const result = await probe(port, path, timings.probeTimeout);
      if (stop.aborted) return;
      const now = next(before, result);
      known.set(id, now);
      if (now.state !== before.state) changed(object);
      const pause = now.state === 'ready' ? timings.probeReady : timings.probeStarting;
      await delay(pause, undefined, { signal: stop, ref: false }).catch(() => undefined);
    }
  };

  return {
    of: (id) => known.get(id) ?? UNKNOWN,
    watch: (object, running, path) => {
      const those = watched.get(object) ?? new Map<string, AbortController>();
      watched.set(object, those);
      for (const [id, controller] of those) {
        if (running.some((replica) => replica.id === id)) continue;
        controller.abort();
        those.delete(id);
        known.delete(id);
      }
      for (const replica of running) {
        if (those.has(replica.id) || replica.port === undefined || signal.aborted) continue;
        const controller = new AbortController();
        those.set(replica.id, controller);
        void follow(replica, path, AbortSignal.any([signal, controller.signal]));
      }
      if (those.size === 0) watched.delete(object);
    },
  };
}

/** A server that says nothing for once may be busy; one that refuses is not ready. */
function next(before: Readiness, result: Awaited<ReturnType<typeof probe>>): Readiness {
  if (result.state === 'ready') return { state: 'ready', detail: '' };
  const { detail } = result;
  if (before.state === 'starting' || result.state === 'silent') return { ...before, detail };
  return { state: 'unready', detail };
}
