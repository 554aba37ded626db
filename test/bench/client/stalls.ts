import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from './mcp-client.ts';

/** Watches how long calls of a session of its own take. */
export interface StallProbe {
  /** The longest call in milliseconds since this was asked last; the call under way counts. */
  worst(): Promise<number>;
  close(): Promise<unknown>;
}

/** Opens a session of its own and calls in it until closed. */
export async function probeStalls(endpoint: Endpoint): Promise<StallProbe> {
  const worker = new Worker(new URL('./stall-probe.ts', import.meta.url), { workerData: endpoint });
  let failure: Error | undefined;
  worker.on(
    'error',
    (error) => (failure = error instanceof Error ? error : new Error(String(error))),
  );
  await once(worker, 'message');
  return {
    worst: async () => {
      if (failure) throw failure;
      const answered = once(worker, 'message'); // rejects when the worker fails
      worker.postMessage('worst');
      const [worst] = (await answered) as [number];
      return worst;
    },
    close: () => worker.terminate(),
  };
}
