import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { launch } from './launch.ts';
import type { Exit, Launched } from './launch.ts';
import { launchHash, launchPlan } from './launch-plan.ts';
import { isAlive } from './process-table.ts';
import { SupersededError } from './records.ts';
import type { ReplicaCell } from './replica-cell.ts';
import { startFailure } from './start-failure.ts';
import type { SupervisorContext } from './supervisor-context.ts';

/** A process that runs for a replica, and what to call once others may start. */
export interface Incarnation extends Launched {
  readonly started: () => void;
}

/** Starts a new incarnation of what is wanted now; undefined when `stop` came first or, as the record then says, it failed. */
export async function startReplica(
  context: SupervisorContext,
  cell: ReplicaCell,
  stop: AbortSignal,
): Promise<Incarnation | undefined> {
  let started: (() => void) | undefined;
  try {
    started = await context.starts.acquire(stop);
    const launched = await launchNow(context, cell, stop);
    return { ...launched, started };
  } catch (error) {
    started?.();
    if (error instanceof SupersededError) throw error;
    if (!stop.aborted) cell.save({ phase: 'waiting', draining: false, ...startFailure(error) });
    return undefined;
  }
}

async function launchNow(
  context: SupervisorContext,
  cell: ReplicaCell,
  stop: AbortSignal,
): Promise<Launched> {
  const { object, ordinal } = cell.record();
  const port = await unusedPort(context);
  stop.throwIfAborted();
  const spec = context.records.workload(object)?.spec;
  if (!spec) throw new Error('it is not wanted any more');
  const uid = randomUUID();
  const plan = launchPlan(context, spec, { ordinal, uid, port });
  return launch(plan, (process) =>
    cell.save({
      workloadUid: spec.uid,
      uid,
      hash: launchHash(spec),
      phase: 'starting',
      since: Date.now(),
      draining: false,
      process,
      port,
      readiness: plan.readiness,
      reason: 'Starting',
      message: 'it has not answered yet',
    }),
  );
}

/** Nothing else runs between the last check and the record that takes the port. */
async function unusedPort({ records }: SupervisorContext): Promise<number> {
  const isTaken = (port: number) => records.replicas().some((replica) => replica.port === port);
  for (;;) {
    const port = await freePort(isTaken);
    if (!isTaken(port)) return port;
  }
}

/** The incarnation that another gateway started; only looking tells whether it still runs. */
export function adoptReplica(
  context: SupervisorContext,
  cell: ReplicaCell,
  detached: AbortSignal,
): Incarnation | undefined {
  const { process } = cell.record();
  if (!process) return undefined;
  const look = async (): Promise<Exit> => {
    while (isAlive(process) && !detached.aborted) {
      await delay(context.timings.watch, undefined, { signal: detached }).catch(() => undefined);
    }
    return {};
  };
  return { process, exited: look(), started: () => undefined };
}
