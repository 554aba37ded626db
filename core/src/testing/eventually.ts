import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 25;

/** Repeats `check` until it no longer throws, and gives what it gave; after `deadlineMs` throws what it threw last. */
export async function eventually<R>(
  deadlineMs: number,
  check: () => R | Promise<R>,
): Promise<Awaited<R>> {
  for (const deadline = performance.now() + deadlineMs; ;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(PAUSE_MS);
  }
}
