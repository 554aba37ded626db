import { setTimeout as delay } from 'node:timers/promises';
import type { Exit } from './launch.ts';
import { probe } from './probe.ts';
import type { ProbeResult } from './probe.ts';
import type { ReplicaCell } from './replica-cell.ts';
import type { Incarnation } from './replica-start.ts';
import type { SupervisorContext } from './supervisor-context.ts';

/** A server that starts for longer than this no longer keeps others from starting. */
const START_TURN_MS = 10_000;
const SILENT_PROBES = 3;

/** Keeps the record at what probes find, until the process ends by itself (its exit) or `stop` (undefined). */
export async function watchReplica(
  context: SupervisorContext,
  cell: ReplicaCell,
  incarnation: Incarnation,
  stop: AbortSignal,
): Promise<Exit | undefined> {
  const over = new AbortController();
  const turn = setTimeout(incarnation.started, START_TURN_MS);
  try {
    return await Promise.race([
      incarnation.exited,
      probing(context, cell, incarnation, AbortSignal.any([stop, over.signal])),
      aborted(stop),
    ]);
  } finally {
    over.abort();
    clearTimeout(turn);
    incarnation.started();
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

async function probing(
  { timings }: SupervisorContext,
  cell: ReplicaCell,
  { started }: Incarnation,
  until: AbortSignal,
): Promise<undefined> {
  const isOver = () => until.aborted;
  for (let silent = 0; !isOver();) {
    const { port = 0, readiness } = cell.record();
    const result = await probe(port, readiness, timings.probeTimeout);
    if (isOver()) return;
    silent = result.state === 'silent' ? silent + 1 : 0;
    note(cell, result, silent);
    if (result.state === 'ready') started();
    const pause = cell.record().phase === 'ready' ? timings.probeReady : timings.probeStarting;
    await delay(pause, undefined, { signal: until }).catch(() => undefined);
  }
}

/** A busy server may miss a probe; only a refusal of its own counts at once. */
function note(cell: ReplicaCell, result: ProbeResult, silent: number): void {
  const { phase, message } = cell.record();
  if (result.state === 'ready') {
    if (phase !== 'ready') cell.save({ phase: 'ready', reason: '', message: '' });
    return;
  }
  if (phase === 'ready' && result.state === 'silent' && silent < SILENT_PROBES) return;
  const next = phase === 'starting' ? 'starting' : 'unready';
  if (phase === next && message === result.detail) return;
  const reason = next === 'starting' ? 'Starting' : 'NotReady';
  cell.save({ phase: next, reason, message: result.detail });
}
