import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Resolves when `condition` holds, or at the deadline. */
export async function until(condition: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition() && Date.now() < deadline) await sleep(POLL_MS);
}
