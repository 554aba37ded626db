import { ascending, percentile } from '../statistics.ts';
import type { Call } from './calls.ts';

/** What a closed loop reached; times in milliseconds. */
export interface Load {
  readonly calls: number;
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Lets every caller call again as soon as it is answered, for a time. The first wrong answer ends it with an error. */
export async function closedLoop(callers: readonly Call[], seconds: number): Promise<Load> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  let failed = false;
  const loop = async (call: Call) => {
    let before = performance.now();
    while (before < end && !failed) {
      await call();
      const after = performance.now();
      latencies.push(after - before);
      before = after;
    }
  };
  await Promise.all(
    callers.map((call) =>
      loop(call).catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  const elapsed = performance.now() - start;
  const sorted = ascending(latencies);
  return {
    calls: sorted.length,
    rate: (sorted.length * 1000) / elapsed,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
  };
}
