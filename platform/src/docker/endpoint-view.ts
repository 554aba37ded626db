import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Endpoint, Endpoints } from '@mcp-gateway/core/ports/orchestrator';

const NONE: readonly Endpoint[] = [];

/** Endpoints in memory, and the way to renew those of one object. */
export interface EndpointView extends Endpoints {
  renew: (object: string, endpoints: readonly Endpoint[]) => void;
}

/** A view that knows nothing yet. */
export function endpointView(): EndpointView {
  const known = new Map<string, readonly Endpoint[]>();
  const waiting = new Map<string, Set<() => void>>();
  const wait = (object: string, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(undefined);
    };
    const giveUp = (): void => {
      waiting.get(object)?.delete(wake);
      if (waiting.get(object)?.size === 0) waiting.delete(object);
      reject(signal.reason as Error); // whatever the caller gave its signal
    };
    signal.addEventListener('abort', giveUp, { once: true });
    waiting.set(object, (waiting.get(object) ?? new Set()).add(wake));
    return promise;
  };
  return {
    of: (id) => known.get(objectName(id)) ?? NONE,
    changed: async (id, signal) => wait(objectName(id), signal),
    renew: (object, endpoints) => {
      if (JSON.stringify(known.get(object) ?? NONE) === JSON.stringify(endpoints)) return;
      if (endpoints.length === 0) known.delete(object);
      else known.set(object, endpoints);
      const those = waiting.get(object) ?? [];
      waiting.delete(object);
      for (const wake of those) wake();
    },
  };
}
