import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Endpoint, Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { ReplicaRecord } from './records.ts';

const NONE: readonly Endpoint[] = [];

/** Endpoints in memory, and the way to renew them. */
export interface EndpointView extends Endpoints {
  /** Takes over what the replicas of one object, or of all, are now. */
  renew: (replicas: readonly ReplicaRecord[], object?: string) => void;
}

/** A view that knows nothing yet. */
export function endpointView(): EndpointView {
  const byObject = new Map<string, readonly Endpoint[]>();
  const waiting = new Map<string, Set<() => void>>();
  const put = (object: string, endpoints: readonly Endpoint[]) => {
    if (isEqual(byObject.get(object) ?? NONE, endpoints)) return;
    if (endpoints.length === 0) byObject.delete(object);
    else byObject.set(object, endpoints);
    for (const wake of waiting.get(object) ?? []) wake();
  };
  return {
    of: (id) => byObject.get(objectName(id)) ?? NONE,
    changed: (id, signal) => nextChange(waiting, objectName(id), signal),
    renew: (replicas, object) => {
      const found = Map.groupBy(replicas, (replica) => replica.object);
      const objects = object === undefined ? [...byObject.keys(), ...found.keys()] : [object];
      for (const each of new Set(objects)) put(each, endpointsOf(found.get(each) ?? []));
    },
  };
}

/** A replica that was ready and does not answer just now keeps the sessions that it has, but gets no new ones. */
function endpointsOf(replicas: readonly ReplicaRecord[]): readonly Endpoint[] {
  return replicas
    .filter(({ phase, port }) => (phase === 'ready' || phase === 'unready') && port !== undefined)
    .map(({ object, ordinal, uid, port, phase, draining }) => ({
      instance: `${object}-${ordinal}`,
      uid,
      origin: `http://127.0.0.1:${port ?? 0}`,
      draining: draining || phase === 'unready',
    }));
}

function isEqual(left: readonly Endpoint[], right: readonly Endpoint[]): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function nextChange(
  waiting: Map<string, Set<() => void>>,
  object: string,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const those = waiting.get(object) ?? new Set();
    waiting.set(object, those);
    const leave = () => {
      those.delete(wake);
      if (those.size === 0 && waiting.get(object) === those) waiting.delete(object);
      signal.removeEventListener('abort', abort);
    };
    const wake = () => {
      leave();
      resolve();
    };
    const abort = () => {
      leave();
      reject(signal.reason as Error); // whatever the caller gave its signal
    };
    those.add(wake);
    signal.addEventListener('abort', abort);
  });
}
