import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogOptions } from '@mcp-gateway/core/ports/orchestrator';
import { demultiplex } from './demultiplex.ts';
import { statusOf } from './engine.ts';
import type { Engine } from './engine.ts';

const LOOK_AGAIN_MS = 200;

/** Where the containers of one replica are found now. */
export interface ReplicaContainers {
  readonly instance: string;
  readonly current: () => Promise<string | undefined>;
  readonly previous: () => Promise<string | undefined>;
  /** False once the replica is not wanted any more. */
  readonly wanted: () => boolean;
}

/** What a replica has written, and with `follow` what it and its successors write; sentences stand in for what is not there. */
export async function* replicaLog(
  engine: Engine,
  replica: ReplicaContainers,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { previous, follow } = options;
  const first = await (previous ? replica.previous() : replica.current());
  const written = first === undefined ? '' : await logText(engine, first, options.tail, since(options)); // prettier-ignore
  if (written === '') yield sentence(replica.instance, previous);
  if (!follow || previous) {
    if (written !== '') yield written;
    return;
  }
  yield* followed(engine, replica, options, signal);
}

async function* followed(
  engine: Engine,
  replica: ReplicaContainers,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let seen: string | undefined;
  while (!signal.aborted) {
    const id = await replica.current();
    if (id !== undefined && id !== seen) {
      const begin = seen === undefined ? { tail: options.tail, since: since(options) } : {};
      seen = id;
      yield* stream(engine, id, begin, signal);
    } else if (!replica.wanted()) return;
    else await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* stream(
  engine: Engine,
  id: string,
  begin: { tail?: number; since?: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { tail, since = 0 } = begin;
  try {
    const chunks = await engine.streams.getContainer(id).logs({
      follow: true,
      stdout: true,
      stderr: true,
      since,
      abortSignal: signal,
      ...(tail !== undefined && { tail }),
    });
    yield* demultiplex(chunks as AsyncIterable<Buffer>); // a readable stream without encoding
  } catch (error) {
    // A container that is removed while one listens has simply come to its end.
    if (!signal.aborted && ![404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
}

/** The last lines that a container has written so far. */
export async function logText(
  engine: Engine,
  id: string,
  tail: number,
  since = 0,
): Promise<string> {
  try {
    const container = engine.calls.getContainer(id);
    const all = await container.logs({ stdout: true, stderr: true, tail, since });
    let text = '';
    for await (const part of demultiplex(Readable.from([all]))) text += part;
    return text;
  } catch (error) {
    if ([404, 409].includes(statusOf(error) ?? 0)) return '';
    throw error;
  }
}

function since({ sinceSeconds }: LogOptions): number | undefined {
  return sinceSeconds === undefined ? undefined : Math.floor(Date.now() / 1000) - sinceSeconds;
}

function sentence(instance: string, previous: boolean): string {
  return previous
    ? `The replica ${instance} has no earlier run.\n`
    : `The replica ${instance} has written nothing yet.\n`;
}
