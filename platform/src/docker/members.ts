import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BEAT_MS = 2_000;
const SILENCE_MS = 15_000;

/** This gateway among those that share a data folder. */
export interface Membership {
  /** Leaves; true when no other gateway lives. */
  leave: () => boolean;
}

/** Joins the gateways that have a file in `folder`; a gateway lives while its process does and its file is touched. */
export function joinMembers(folder: string): Membership {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${process.pid}.${randomUUID()}`);
  const touch = (): void => {
    const now = new Date();
    try {
      utimesSync(file, now, now);
    } catch {
      writeFileSync(file, '');
    }
  };
  touch();
  const timer = setInterval(touch, BEAT_MS).unref();
  return {
    leave: () => {
      clearInterval(timer);
      rmSync(file, { force: true });
      return !readdirSync(folder).some((name) => lives(join(folder, name), Number.parseInt(name)));
    },
  };
}

function lives(file: string, pid: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat && Date.now() - stat.mtimeMs < SILENCE_MS && isRunning(pid)) return true;
  rmSync(file, { force: true });
  return false;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}
