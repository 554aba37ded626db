import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { readMarks, runFiles } from './log-files.ts';
import type { Marks, Run } from './log-files.ts';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The log of one run, readable by offset although it may have been cut. */
export interface RunLog {
  readonly begins: () => number;
  /** How much is written by now. */
  readonly end: () => Promise<number>;
  /** What is there from `offset` on, at most one chunk; empty at the end. */
  readonly read: (offset: number, until?: number) => Promise<Buffer>;
  readonly marks: () => Marks;
  /** False once another run has begun. */
  readonly isLatest: () => boolean;
  readonly close: () => Promise<void>;
}

/** Opens the log of a run, or gives undefined when there is none. */
export async function openRunLog(folder: string, run: Run): Promise<RunLog | undefined> {
  const files = runFiles(folder, run);
  const log = await openIfThere(files.log);
  if (!log) return undefined;
  const { ino } = await log.stat();
  const isLatest = () => statSync(files.log, { throwIfNoEntry: false })?.ino === ino;
  let marks = readMarks(folder, run);
  const refresh = () => {
    if (isLatest()) marks = readMarks(folder, run);
  };
  return {
    begins: () => marks.cutBegins,
    end: async () => {
      refresh();
      return marks.logBegins + (await log.stat()).size;
    },
    read: async (offset, until = Infinity) => {
      refresh();
      const length = Math.min(CHUNK_BYTES, until - offset);
      if (offset >= marks.logBegins) return readAt(log, offset - marks.logBegins, length);
      const cut = await openIfThere(files.cut);
      try {
        return cut ? await readAt(cut, Math.max(0, offset - marks.cutBegins), length) : EMPTY;
      } finally {
        await cut?.close();
      }
    },
    marks: () => marks,
    isLatest,
    close: () => log.close(),
  };
}

const EMPTY = Buffer.alloc(0);

/** The offset at which the last `lines` lines before `end` begin. */
export async function beginOfLast(log: RunLog, lines: number, end: number): Promise<number> {
  let left = lines;
  for (let to = end; to > log.begins();) {
    const from = Math.max(log.begins(), to - CHUNK_BYTES);
    const chunk = await readExactly(log, from, to);
    for (let index = chunk.length - 1; index >= 0; index--) {
      if (chunk[index] !== NEWLINE || from + index === end - 1) continue;
      if (--left <= 0) return lines === 0 ? end : from + index + 1;
    }
    to = from;
  }
  return lines === 0 ? end : log.begins();
}

/** The offset of the first whole line written after `time`, as exactly as the marks say. */
export async function beginOfSince(log: RunLog, time: number): Promise<number> {
  const offset = log.marks().times.findLast(([at]) => at <= time)?.[1];
  if (offset === undefined || offset <= log.begins()) return log.begins();
  const before = await log.read(offset - 1, offset);
  if (before[0] === NEWLINE) return offset;
  for (let from = offset; ;) {
    const chunk = await log.read(from);
    if (chunk.length === 0) return from;
    const newline = chunk.indexOf(NEWLINE);
    if (newline !== -1) return from + newline + 1;
    from += chunk.length;
  }
}

async function readExactly(log: RunLog, from: number, to: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = from; at < to;) {
    const part = await log.read(at, to);
    if (part.length === 0) break;
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, CHUNK_BYTES)));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  }
}
