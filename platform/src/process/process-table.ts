import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const KILLED_WITHIN_MS = 5_000;
const LINUX = process.platform === 'linux';

/** A process that a later one of the same number is not mistaken for. */
export interface ProcessId {
  readonly pid: number;
  /** When it began, as the system words it; another process of the same number has another. */
  readonly started: string;
}

/** The identity of a running process, or undefined when there is none (or only its remains). */
export function processId(pid: number): ProcessId | undefined {
  const started = LINUX ? startOnLinux(pid) : startByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** True while exactly this process runs. */
export function isAlive({ pid, started }: ProcessId): boolean {
  return exists(pid) && processId(pid)?.started === started;
}

/** Ends the whole process group that `leader` began: TERM, after `graceMs` KILL; resolves when it is empty. */
export async function endGroup(leader: ProcessId, graceMs: number): Promise<boolean> {
  const { pid } = leader;
  if (!isOurs(leader)) return true;
  signalGroup(pid, 'SIGTERM');
  if (await isEmptyWithin(pid, graceMs)) return true;
  signalGroup(pid, 'SIGKILL');
  return isEmptyWithin(pid, KILLED_WITHIN_MS);
}

/** A number is not given out again while a group bears it, so a leader with another start means that the group is gone. */
function isOurs({ pid, started }: ProcessId): boolean {
  const now = processId(pid);
  if (now !== undefined) return now.started === started;
  return bootOf(started) === bootId && !isGroupEmpty(pid);
}

async function isEmptyWithin(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  for (let pause = 5; !isGroupEmpty(pid); pause = Math.min(pause * 2, 100)) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
  }
  return true;
}

function isGroupEmpty(group: number): boolean {
  if (!exists(-group)) return true;
  return LINUX && !hasLivingMember(group);
}

/** What has ended but was not waited for still counts as a member for `kill`; in a container it may stay for ever. */
function hasLivingMember(group: number): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = statOnLinux(Number(name));
    return stat?.group === group && !stat.ended;
  });
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: none; EPERM: nothing that we started
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/** Start times count from boot, so they mean something within one boot only. */
const bootId = LINUX ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';

function bootOf(started: string): string {
  return LINUX ? (started.split(' ')[0] ?? '') : '';
}

function startOnLinux(pid: number): string | undefined {
  const stat = statOnLinux(pid);
  return stat === undefined || stat.ended ? undefined : `${bootId} ${stat.start}`;
}

/** Fields as numbered in proc_pid_stat(5); the second, the name in parentheses, may contain anything. */
function statOnLinux(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', , group] = fields;
    return { ended: /[ZXx]/.test(state), group: Number(group), start: fields[19] ?? '' };
  } catch {
    return undefined; // ended between the listing and the reading
  }
}

function startByPs(pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const line = stdout.trim();
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}
