import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';

const MAX_MARKS = 600;
const LAST_LINES_BYTES = 8 * 1024;

/** The run that writes, or the one before it. */
export type Run = 'current' | 'previous';

/** Where a run's log lies: what is written now, what was cut off in front of it, and what is known about both. */
export function runFiles(folder: string, run: Run) {
  return {
    log: join(folder, `${run}.log`),
    cut: join(folder, `${run}.cut.log`),
    marks: join(folder, `${run}.marks.json`),
  };
}

/** Offsets count from the beginning of the run, cuts do not move them. */
export const Marks = z.object({
  /** Offset of the first byte of the log, and of what was cut off and kept. */
  logBegins: z.number(),
  cutBegins: z.number(),
  /** [time, offset]: at that time in milliseconds, this much was written. */
  times: z.array(z.tuple([z.number(), z.number()])),
});
export type Marks = z.output<typeof Marks>;

/** The folder of all logs of an object; of those with the same name, each has its own folder in it. */
export function workloadLogs(dataDir: string, object: string, workloadUid: string): string {
  const own = createHash('sha256').update(workloadUid).digest('hex').slice(0, 16);
  return join(dataDir, 'logs', object, own);
}

/** Removes the logs of those that had the name `object` before. */
export function forgetOtherLogs(dataDir: string, object: string, workloadUid: string): void {
  const kept = basename(workloadLogs(dataDir, object, workloadUid));
  const folder = join(dataDir, 'logs', object);
  if (!statSync(folder, { throwIfNoEntry: false })) return;
  for (const name of readdirSync(folder)) {
    if (name !== kept) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Begins a run: the last one becomes the previous one. Gives the descriptor to append to. */
export function beginRun(folder: string): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const from = runFiles(folder, 'current');
  const to = runFiles(folder, 'previous');
  for (const part of ['log', 'cut', 'marks'] as const) {
    rmSync(to[part], { force: true });
    if (statSync(from[part], { throwIfNoEntry: false })) renameSync(from[part], to[part]);
  }
  return openSync(from.log, 'a', 0o600);
}

/** What is known about a run; before the first look at it, nothing. */
export function readMarks(folder: string, run: Run): Marks {
  try {
    return Marks.parse(JSON.parse(readFileSync(runFiles(folder, run).marks, 'utf8')));
  } catch {
    return { logBegins: 0, cutBegins: 0, times: [] };
  }
}

/** Notes how much is written by now and, above `limit`, cuts the log: the last `limit` bytes are kept aside. */
export function tendLog(folder: string, limit: number, now: number): void {
  const { log, cut, marks: marksFile } = runFiles(folder, 'current');
  const stat = statSync(log, { throwIfNoEntry: false });
  if (!stat) return;
  const marks = readMarks(folder, 'current');
  const written = marks.logBegins + stat.size;
  if (marks.times.at(-1)?.[1] === written && stat.size <= limit) return;
  if (written > 0) marks.times.push([now, written]);
  if (marks.times.length > MAX_MARKS) {
    marks.times = marks.times.filter((_, index) => index % 2 === 1 || index > MAX_MARKS / 2);
  }
  if (stat.size > limit) {
    const moved = moveAside(log, cut, limit);
    marks.logBegins += moved.length;
    marks.cutBegins = marks.logBegins - moved.kept;
  }
  writeFileSync(`${marksFile}.new`, JSON.stringify(marks), { mode: 0o600 });
  renameSync(`${marksFile}.new`, marksFile);
}

/** The writer appends and goes on at the new end; what it writes between the last read and the cut is lost. */
function moveAside(log: string, cut: string, limit: number): { length: number; kept: number } {
  const source = openSync(log, 'r+');
  try {
    const size = fstatSync(source).size;
    const kept = Buffer.allocUnsafe(Math.min(size, limit));
    readSync(source, kept, 0, kept.length, size - kept.length);
    writeFileSync(`${cut}.new`, kept, { mode: 0o600 });
    const rest = Buffer.allocUnsafe(fstatSync(source).size - size);
    readSync(source, rest, 0, rest.length, size);
    writeFileSync(`${cut}.new`, rest, { flag: 'a' });
    ftruncateSync(source, 0);
    renameSync(`${cut}.new`, cut);
    return { length: size + rest.length, kept: kept.length + rest.length };
  } finally {
    closeSync(source);
  }
}

/** The last few lines of the current run, for a message. */
export function lastLines(folder: string, count: number): string {
  try {
    const text = readFileSync(runFiles(folder, 'current').log).subarray(-LAST_LINES_BYTES);
    return text.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}
