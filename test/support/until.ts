import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks `check` again and again until it answers `true`; after the deadline throws what was awaited
 * and the last answer.
 */
export async function until(what: string, deadlineMs: number, check: () => unknown): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    let last: unknown;
    try {
      last = await check();
    } catch (error) {
      last = error;
    }
    if (last === true) return;
    if (Date.now() > end)
      throw new Error(`${what}: not within ${deadlineMs} ms; last: ${String(last)}`);
    await sleep(25);
  }
}
