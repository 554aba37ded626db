import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processId } from './process-table.ts';

/** Tells a replica, and whatever it starts, by which incarnation it was started; nobody else may set it. */
export const MARK = 'MCP_GATEWAY_REPLICA';

const LOOKS = 10;
const PAUSE_MS = 50;

/** Ends what an incarnation has started outside its process group; found by the mark, so on Linux alone. */
export async function endStrays(uid: string): Promise<void> {
  if (process.platform !== 'linux') return;
  for (let look = 0; look < LOOKS; look++) {
    const strays = marked(uid);
    if (strays.length === 0) return;
    for (const pid of strays) signalTo(pid, look < LOOKS - 1 ? 'SIGTERM' : 'SIGKILL');
    await delay(PAUSE_MS);
  }
}

function marked(uid: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && hasMark(pid, `${MARK}=${uid}`) && processId(pid) !== undefined);
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false; // ended in the meantime, or somebody else's
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
