import { write } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Log } from '@mcp-gateway/core/ports/log';

const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const MAX_BATCH_BYTES = 64 * 1024;
const RETRY_MS = 250;
const LOOK_MS = 2_000;
const CLOSE_MS = 2_000;

/** Options of `lineFile`. */
export interface LineFileOptions {
  /** A file, or a descriptor that is open already. */
  readonly to: string | 1 | 2;
  readonly log: Log;
  /** Most that waits to be written; further lines are lost. */
  readonly maxBytes?: number;
}

/** Lines on their way to a place that may be slow, full or gone. */
export interface LineFile {
  /** Never throws and never waits; a line that cannot be kept is counted as lost. */
  add: (line: string) => void;
  /** How many lines are lost so far. */
  lost: () => number;
  /** Resolves when everything is out, or after a moment in which that was not possible. */
  close: () => Promise<void>;
}

/**
 * Appends lines in the background, each whole; what fails is tried again for as long as there is room to wait. A file
 * that was moved away is made anew, so that it can be rotated.
 */
export function lineFile(options: LineFileOptions): LineFile {
  const { to, log, maxBytes = MAX_WAITING_BYTES } = options;
  const place = typeof to === 'string' ? fileAt(to) : descriptor(to);
  const waiting: Buffer[] = [];
  const unwritten = { bytes: 0, lines: 0 };
  const trouble = { failing: false, losing: false };
  let lost = 0;
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting.splice(0, batchLength(waiting));
      const batch = Buffer.concat(lines);
      await writeOut(batch);
      unwritten.bytes -= batch.length;
      unwritten.lines -= lines.length;
      trouble.losing = false;
    }
    writing = undefined;
  }

  /** Goes on until all of it is out, where it stopped. */
  async function writeOut(batch: Buffer): Promise<void> {
    for (let from = 0; from < batch.length;) {
      try {
        from += await place.write(batch.subarray(from));
        if (trouble.failing) log.info({ to }, 'audit can be written again');
        trouble.failing = false;
      } catch (err) {
        if (!trouble.failing && !isBusy(err)) {
          trouble.failing = true;
          log.error({ err, to }, 'audit cannot be written, trying again');
        }
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  return {
    add(line) {
      const text = Buffer.from(`${line}\n`);
      if (unwritten.bytes + text.length > maxBytes) {
        lost += 1;
        if (!trouble.losing) log.error({ to }, 'audit is not written fast enough, events are lost');
        trouble.losing = true;
        return;
      }
      waiting.push(text);
      unwritten.bytes += text.length;
      unwritten.lines += 1;
      writing ??= writeAll();
    },
    lost: () => lost,
    async close() {
      await Promise.race([writing, delay(CLOSE_MS)]);
      if (unwritten.lines === 0) return place.close();
      lost += unwritten.lines;
      log.error({ to, lines: unwritten.lines }, 'audit ends with events that were not written');
    },
  };
}

/** How many lines go out together. */
function batchLength(lines: readonly Buffer[]): number {
  let bytes = 0;
  const end = lines.findIndex((line) => (bytes += line.length) > MAX_BATCH_BYTES);
  return end === -1 ? lines.length : Math.max(1, end);
}

interface Place {
  /** Resolves to how many bytes are out. */
  write: (bytes: Buffer) => Promise<number>;
  close: () => Promise<void>;
}

function descriptor(number: 1 | 2): Place {
  const writeTo = promisify(write);
  return {
    // In a thread: the streams of the process wait for a reader who does not read, and everything else with them.
    write: async (bytes) => (await writeTo(number, bytes)).bytesWritten,
    close: () => Promise.resolve(),
  };
}

function fileAt(path: string): Place {
  let file: FileHandle | undefined;
  let lookedAt = 0;

  async function current(): Promise<FileHandle> {
    if (file !== undefined && performance.now() - lookedAt > LOOK_MS) {
      lookedAt = performance.now();
      if (!(await isAt(file, path))) {
        await file.close();
        file = undefined;
      }
    }
    return (file ??= await open(path, 'a', 0o600));
  }

  return {
    write: async (bytes) => (await (await current()).write(bytes)).bytesWritten,
    close: async () => file?.close(),
  };
}

async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [opened, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return opened.ino === there?.ino && opened.dev === there.dev;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
