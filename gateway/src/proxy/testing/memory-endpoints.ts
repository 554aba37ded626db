import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Endpoint, Endpoints } from '@mcp-gateway/core/ports/orchestrator';

/** Endpoints that a test sets by hand. */
export interface MemoryEndpoints extends Endpoints {
  set: (name: string, endpoints: readonly Endpoint[]) => void;
}

/** No endpoints yet. */
export function memoryEndpoints(): MemoryEndpoints {
  const byName = new Map<string, readonly Endpoint[]>();
  const waiting = new Set<() => void>();
  return {
    of: ({ name }) => byName.get(name) ?? [],
    changed: (_: WorkloadId, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          waiting.delete(done);
          reject(signal.reason as Error); // an AbortError
        };
        const done = (): void => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        if (signal.aborted) {
          abort();
          return;
        }
        signal.addEventListener('abort', abort, { once: true });
        waiting.add(done);
      }),
    set(name, endpoints) {
      byName.set(name, endpoints);
      for (const done of [...waiting]) {
        waiting.delete(done);
        done();
      }
    },
  };
}
