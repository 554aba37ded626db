import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import { LRUCache } from 'lru-cache';

const MAX_SESSIONS = 100_000;
const IDLE_MILLISECONDS = 30 * 60_000;
const PURGE_MILLISECONDS = 10_000;

/** One incarnation of a replica. */
type Replica = Pick<Endpoint, 'instance' | 'uid'>;

/** What this process knows to be open at each replica; a guess about the whole that is good enough to spread by. */
export interface OpenWork {
  /** Open sessions and running requests. */
  load: (replica: Replica) => number;
  requestStarted: (replica: Replica) => void;
  requestEnded: (replica: Replica) => void;
  /** Counts a session until it is forgotten or was idle for long, under each of the keys as well. */
  sessionUsed: (sealed: string, replica: Replica, keys?: readonly string[]) => void;
  sessionForgotten: (sealed: string) => void;
  /** Sessions that are counted under this key. */
  sessions: (key: string) => number;
}

/** An empty count. */
export function openWork(now: () => number): OpenWork {
  const loads = new Map<string, number>();
  const byKey = new Map<string, number>();
  let purgedAt = now();

  const sessions = new LRUCache<string, Session>({
    max: MAX_SESSIONS,
    ttl: IDLE_MILLISECONDS,
    ttlResolution: 1000,
    updateAgeOnGet: true,
    noDisposeOnSet: true,
    perf: { now },
    dispose: ({ replica, keys }) => {
      change(loads, replica, -1);
      for (const key of keys) change(byKey, key, -1);
    },
  });

  function purge(): void {
    if (now() - purgedAt <= PURGE_MILLISECONDS) return;
    purgedAt = now();
    sessions.purgeStale();
  }

  return {
    load(replica) {
      purge();
      return loads.get(keyOf(replica)) ?? 0;
    },
    requestStarted(replica) {
      change(loads, keyOf(replica), 1);
    },
    requestEnded(replica) {
      change(loads, keyOf(replica), -1);
    },
    sessionUsed(sealed, replica, keys = []) {
      if (sessions.get(sealed) !== undefined) return;
      sessions.set(sealed, { replica: keyOf(replica), keys });
      change(loads, keyOf(replica), 1);
      for (const key of keys) change(byKey, key, 1);
    },
    sessionForgotten(sealed) {
      sessions.delete(sealed);
    },
    sessions(key) {
      purge();
      return byKey.get(key) ?? 0;
    },
  };
}

interface Session {
  readonly replica: string;
  readonly keys: readonly string[];
}

function change(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function keyOf({ instance, uid }: Replica): string {
  return `${instance}/${uid}`;
}
