import { statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogOptions } from '@mcp-gateway/core/ports/orchestrator';
import type { RunLog } from './log-reader.ts';
import { beginOfLast, beginOfSince, openRunLog } from './log-reader.ts';

const FOLLOW_POLL_MS = 100;
/** A workload is removed together with the folder of its logs. */
const MISSING_BEFORE_END = 3;

/** What a replica has written, and with `follow` what it and its successors write; sentences stand in for what is not there. */
export async function* replicaLog(
  folder: string,
  instance: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const log = await openRunLog(folder, options.previous ? 'previous' : 'current');
  try {
    const end = (await log?.end()) ?? 0;
    if (end === 0) yield sentenceFor(instance, options);
    const decoder = new StringDecoder('utf8');
    const begin = log ? await beginOf(log, end, options) : 0;
    if (options.follow && !options.previous) {
      yield* followed(folder, { log, begin }, decoder, signal);
    } else if (log) {
      yield* written(log, begin, decoder, end);
    }
  } finally {
    await log?.close();
  }
}

function sentenceFor(instance: string, { previous }: LogOptions): string {
  return previous
    ? `The replica ${instance} has no earlier run.\n`
    : `The replica ${instance} has written nothing yet.\n`;
}

async function beginOf(
  log: RunLog,
  end: number,
  { tail, sinceSeconds }: LogOptions,
): Promise<number> {
  const begin = await beginOfLast(log, tail, end);
  if (sinceSeconds === undefined) return begin;
  return Math.max(begin, await beginOfSince(log, Date.now() - sinceSeconds * 1_000));
}

/** Everything from `begin` to `end`; tells the caller where it stopped. */
async function* written(
  log: RunLog,
  begin: number,
  decoder: StringDecoder,
  end = Infinity,
): AsyncGenerator<string, number> {
  let at = Math.max(begin, log.begins());
  while (at < end) {
    const chunk = await log.read(at, end);
    if (chunk.length === 0) break;
    at += chunk.length;
    const text = decoder.write(chunk);
    if (text !== '') yield text;
    at = Math.max(at, log.begins());
  }
  return at;
}

async function* followed(
  folder: string,
  start: { log: RunLog | undefined; begin: number },
  decoder: StringDecoder,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let { log, begin: at } = start;
  try {
    for (let missing = 0; missing < MISSING_BEFORE_END && !signal.aborted;) {
      const wasLatest = log?.isLatest() ?? false;
      if (log) at = yield* written(log, at, decoder);
      if (!wasLatest) {
        await log?.close();
        log = await openRunLog(folder, 'current');
        at = 0;
        if (log) continue;
      }
      missing = statSync(folder, { throwIfNoEntry: false }) ? 0 : missing + 1;
      await delay(FOLLOW_POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await log?.close();
  }
}
