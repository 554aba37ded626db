import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 8_000;
const POLL_MS = 3;
const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Node supports
const CLEAR_PEAK_RSS = '5'; // proc(5), clear_refs

/** A process that this bench has started, the leader of its own group. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** From its start until it accepted a connection. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** How to start a server that listens on a port which it is told. */
export interface Launch {
  readonly command: (port: number) => readonly string[];
  readonly environment?: (port: number) => Readonly<Record<string, string>>;
  readonly directory?: string;
  /** A processor to which it is kept, with its children. */
  readonly core?: number | undefined;
}

const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) signalGroup(child, 'SIGKILL');
});

/** Starts a server and waits until it accepts connections. Throws when it exits or does not listen in time. */
export async function start({ command, environment, directory, core }: Launch): Promise<Running> {
  const port = await freePort();
  const pin = core === undefined ? [] : ['taskset', '-c', String(core)];
  const [file = '', ...args] = [...pin, ...command(port)];
  const complaints = unreadFile();
  const before = performance.now();
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'ignore', complaints.file],
    cwd: directory,
    env: { ...process.env, ...environment?.(port) },
  });
  started.add(child);
  try {
    await listening(child, port);
  } catch (error) {
    await stop(child);
    throw new Error(`${args.join(' ').slice(0, 200)}: ${complaints.tail()}`, { cause: error });
  } finally {
    complaints.close();
  }
  const startMs = performance.now() - before;
  return { pid: child.pid ?? 0, port, startMs, stop: () => stop(child) };
}

/** A nameless file for what a process complains about: nobody spends time on reading it while something is measured. */
function unreadFile() {
  const path = join(tmpdir(), `bench-${randomUUID()}`);
  const file = openSync(path, 'w+');
  unlinkSync(path);
  return {
    file,
    tail: () => readFileSync(`/proc/self/fd/${file}`, 'utf8').slice(-500).trim(),
    close: () => closeSync(file),
  };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  child.on('exit', (code, signal) => (failure ??= new Error(`exited: ${code ?? signal ?? ''}`)));
  while (!(await accepts(port))) {
    if (failure) throw failure;
    if (performance.now() > deadline) throw new Error('it does not listen');
    await pause(POLL_MS);
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('connect', () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** Asks the whole group to end and ends what is left of it after the deadline. */
async function stop(child: ChildProcess): Promise<void> {
  const deadline = performance.now() + STOP_DEADLINE_MS;
  for (let alive = signalGroup(child, 'SIGTERM'); alive && performance.now() < deadline;) {
    await pause(POLL_MS * 5);
    alive = signalGroup(child, 0);
  }
  signalGroup(child, 'SIGKILL');
  started.delete(child);
}

/** Signals a group; false when none of it is left. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves after a time. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Processor time in seconds that the processes have used themselves, without their children. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuTicks(pid), 0) / TICKS_PER_SECOND;
}

function cpuTicks(pid: number): number {
  const fields = statFields(pid);
  return Number(fields[11]) + Number(fields[12]); // utime and stime
}

/** The fields of /proc/pid/stat behind the name, which may itself hold blanks and brackets. */
function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Resident memory in MiB, now or at its peak since `forgetPeak`. */
export function memory(pid: number, what: 'now' | 'peak' = 'now'): number {
  const field = what === 'now' ? 'VmRSS' : 'VmHWM';
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1]) / 1024;
}

/** Begins a new measurement of peak memory. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, CLEAR_PEAK_RSS);
}

/** How many files a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** All processes below a process, nearest first. */
export function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(Number(entry));
    if (parent !== undefined) parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  for (let next = [pid]; next.length > 0;) {
    next = next.flatMap((each) => parents.get(each) ?? []);
    found.push(...next);
  }
  return found;
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return undefined; // it has gone
  }
}
