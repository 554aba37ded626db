import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Sends a signal to a whole process group; false when nobody is left in it. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM: somebody lives in it whom we may not signal.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ends who is left in the group of a leader that has exited: SIGTERM, then SIGKILL after `graceMs`. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM')) return;
  if (await empty(group, graceMs)) return;
  signalGroup(group, 'SIGKILL');
  // A member that nobody has waited for still counts as there; it cannot do anything any more.
  await empty(group, graceMs);
}

async function empty(group: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (signalGroup(group, 0)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
