import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, statSync } from 'node:fs';
import { beginRun } from './log-files.ts';
import { processId } from './process-table.ts';
import type { ProcessId } from './process-table.ts';

/** The shell waits for a line before it becomes the program; when the gateway dies first, it ends instead. */
const LAUNCHER = 'read -r mcp_gateway_go && exec "$@" </dev/null';

export interface Launch {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFolder: string;
}

/** How a process ended; both are unknown of one that another gateway started. */
export interface Exit {
  readonly code?: number | null;
  readonly signal?: NodeJS.Signals | null;
}

export interface Launched {
  readonly process: ProcessId;
  readonly exited: Promise<Exit>;
}

/** Starts a process in a group of its own; it runs nothing of its program before `record` has returned. */
export function launch(what: Launch, record: (process: ProcessId) => void): Promise<Launched> {
  assertFolder(what.cwd);
  const log = beginRun(what.logFolder);
  try {
    const child = spawn('/bin/sh', ['-c', LAUNCHER, 'sh', ...what.command], {
      cwd: what.cwd,
      env: what.environment,
      detached: true,
      stdio: ['pipe', log, log],
    });
    return release(child, record);
  } finally {
    closeSync(log);
  }
}

function release(child: ChildProcess, record: (process: ProcessId) => void): Promise<Launched> {
  child.stdin?.on('error', () => undefined); // it ended before it was let go, as its exit will tell
  const self = child.pid === undefined ? undefined : processId(child.pid);
  if (self === undefined) {
    return new Promise((_, reject) => child.once('error', reject));
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  try {
    record(self);
  } catch (error) {
    child.stdin?.destroy();
    throw error;
  }
  child.stdin?.end('\n');
  child.unref();
  return Promise.resolve({ process: self, exited });
}

function assertFolder(cwd: string): void {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`its folder ${cwd} does not exist`);
  }
}
