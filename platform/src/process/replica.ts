import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import type { Exit } from './launch.ts';
import { lastLines, workloadLogs } from './log-files.ts';
import type { ReplicaRecord } from './records.ts';
import { replicaCell } from './replica-cell.ts';
import type { ReplicaCell } from './replica-cell.ts';
import { endIncarnation } from './replica-end.ts';
import { adoptReplica, startReplica } from './replica-start.ts';
import { watchReplica } from './replica-watch.ts';
import type { SupervisorContext } from './supervisor-context.ts';

const LAST_LINES = 10;
const PORT_RETRIES = 3;

/** A replica that is kept running, one incarnation after the other, until it is ended. */
export interface Replica {
  readonly record: () => ReplicaRecord;
  /** True while it is being replaced or ended. */
  readonly isLeaving: () => boolean;
  readonly setDraining: (draining: boolean) => void;
  /** Replaces the running incarnation by one of what is wanted now. */
  readonly renew: () => void;
  /** Ends it for good, after a drain when it is to keep its sessions for a moment. */
  readonly end: (drain: boolean) => void;
  /** Leaves the process alone, for another gateway to look after. */
  readonly detach: () => void;
  /** Resolves when it has ended or was detached; rejects when this gateway may no longer look after it. */
  readonly done: Promise<void>;
}

/** Looks after the replica that `initial` describes, which may run already. */
export function keepReplica(context: SupervisorContext, initial: ReplicaRecord): Replica {
  const cell = replicaCell(context, initial);
  const wishes = { detached: signal(), ended: signal(), hurried: signal(), renewed: signal() };
  if (initial.phase === 'ending') wishes.renewed.abort();
  return {
    record: cell.record,
    isLeaving: () => wishes.ended.signal.aborted || wishes.renewed.signal.aborted,
    setDraining: (draining) => {
      if (cell.record().draining !== draining) cell.save({ draining });
    },
    renew: () => wishes.renewed.abort(),
    end: (drain) => {
      if (!drain) wishes.hurried.abort();
      wishes.ended.abort();
    },
    detach: () => wishes.detached.abort(),
    done: live(context, cell, wishes),
  };
}

interface Wishes {
  readonly detached: AbortController;
  readonly ended: AbortController;
  readonly hurried: AbortController;
  renewed: AbortController;
}

function signal(): AbortController {
  return new AbortController();
}

async function live(context: SupervisorContext, cell: ReplicaCell, wishes: Wishes): Promise<void> {
  const detached = wishes.detached.signal;
  let adopted = adoptReplica(context, cell, detached);
  for (let portRetries = 0; ;) {
    const renewed = wishes.renewed.signal;
    const stop = AbortSignal.any([detached, wishes.ended.signal, renewed]);
    const running = adopted ?? (await startReplica(context, cell, stop));
    adopted = undefined;
    const exit = running && (await watchReplica(context, cell, running, stop));
    if (isAborted(detached)) return;
    const anotherPort =
      exit !== undefined && lostItsPort(context, cell) && portRetries < PORT_RETRIES;
    portRetries = anotherPort ? portRetries + 1 : 0;
    if (exit) await clearUp(context, cell, exit, anotherPort);
    else if (running) await leave(context, cell, wishes);
    if (!stop.aborted && !anotherPort) await pause(context, cell, stop);
    if (isAborted(detached)) return;
    if (isAborted(wishes.ended.signal)) break;
    if (!renewed.aborted) continue;
    wishes.renewed = signal();
    cell.save({ phase: 'pending', failures: 0, reason: '', message: '' });
  }
  context.records.forgetReplica(cell.record());
  context.changed(cell.record().object);
}

/** A call, since the compiler takes a property for constant between two looks at it. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** The way of a replica that is to go: no new sessions, then TERM, then nothing is left of it. */
async function leave(
  { timings, log }: SupervisorContext,
  cell: ReplicaCell,
  { detached, hurried }: Wishes,
): Promise<void> {
  const { phase, process, object, ordinal } = cell.record();
  if (phase === 'ready' && !hurried.signal.aborted) {
    cell.save({ draining: true });
    const cut = AbortSignal.any([hurried.signal, detached.signal]);
    await delay(timings.drain, undefined, { signal: cut }).catch(() => undefined);
    if (detached.signal.aborted) return;
  }
  cell.save({ phase: 'ending', reason: 'Ending', message: '' });
  if (!(await endIncarnation(cell.record(), timings.grace))) {
    log.warn({ object, ordinal, pid: process?.pid }, 'a process could not be killed');
  }
  if (detached.signal.aborted) return;
  cell.save({ phase: 'pending', process: undefined, port: undefined, draining: false });
}

/** After an end that nobody asked for: out of the endpoints at once, then what the process has left is ended. */
async function clearUp(
  { timings, log, dataDir }: SupervisorContext,
  cell: ReplicaCell,
  exit: Exit,
  portWasTaken: boolean,
): Promise<void> {
  const { phase, since, object, ordinal } = cell.record();
  const lasted = Date.now() - since;
  const forgiven = phase === 'ready' && lasted >= timings.forgiveAfter;
  const failures = portWasTaken
    ? cell.record().failures
    : (forgiven ? 0 : cell.record().failures) + 1;
  const message = portWasTaken
    ? 'Its port was taken by another program, it is started on another one.'
    : [
        `It ${words(exit)} and is started again after a pause of ${seconds(backOff(timings, failures))}.`,
        ...lastWords(dataDir, cell.record()),
      ].join('\n');
  const reason = portWasTaken ? 'PortTaken' : 'CrashLoopBackOff';
  cell.save({ phase: 'waiting', draining: false, port: undefined, failures, reason, message });
  log.warn({ object, ordinal, ...exit, failures }, 'replica ended by itself');
  await endIncarnation(cell.record(), timings.grace);
  cell.save({ process: undefined });
}

async function pause(
  { timings }: SupervisorContext,
  cell: ReplicaCell,
  stop: AbortSignal,
): Promise<void> {
  const { failures, reason } = cell.record();
  const rest = reason === 'CrashLoopBackOff' ? backOff(timings, failures) : timings.backOff;
  await delay(rest, undefined, { signal: stop }).catch(() => undefined);
}

function backOff(
  { backOff: first, backOffMaximum }: SupervisorContext['timings'],
  failures: number,
): number {
  return Math.min(backOffMaximum, first * 2 ** Math.max(0, failures - 1));
}

function lostItsPort({ dataDir }: SupervisorContext, cell: ReplicaCell): boolean {
  const record = cell.record();
  const output = lastLines(logsOf(dataDir, record), 2 * LAST_LINES);
  return record.phase === 'starting' && /EADDRINUSE|address already in use/i.test(output);
}

function lastWords(dataDir: string, record: ReplicaRecord): string[] {
  const lines = lastLines(logsOf(dataDir, record), LAST_LINES);
  return lines === '' ? ['It has written nothing.'] : ['Last lines of its log:', lines];
}

function logsOf(dataDir: string, { object, workloadUid, ordinal }: ReplicaRecord): string {
  return join(workloadLogs(dataDir, object, workloadUid), String(ordinal));
}

function words({ code, signal: by }: Exit): string {
  if (by) return `was ended by ${by}`;
  return typeof code === 'number' ? `ended with exit code ${code}` : 'ended (nobody saw how)';
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
