import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { launchHash } from './launch-plan.ts';
import { forgetOtherLogs, tendLog, workloadLogs } from './log-files.ts';
import { SupersededError } from './records.ts';
import type { ReplicaRecord, WorkloadRecord } from './records.ts';
import { keepReplica } from './replica.ts';
import type { Replica } from './replica.ts';
import { rollOut } from './rollout.ts';
import type { SupervisorContext } from './supervisor-context.ts';

const RETRY_MS = 1_000;
const LOG_BYTES = 5 * 1024 * 1024;

/** Makes what runs what is wanted. */
export interface Supervisor {
  /** Looks at one object, or at all. */
  readonly reconcile: (object?: string) => void;
  /** Keeps the logs within their bounds. */
  readonly tendLogs: () => void;
  /** Leaves all processes alone and does nothing more. */
  readonly detach: () => void;
}

/** Takes over the replicas that are recorded and looks after them. */
export function supervise(context: SupervisorContext): Supervisor {
  const byObject = new Map<string, Map<number, Replica>>();
  let detached = false;

  const keep = (record: ReplicaRecord) => {
    const { object, ordinal } = record;
    const replica = keepReplica(context, record);
    const siblings = byObject.get(object) ?? new Map<number, Replica>();
    byObject.set(object, siblings.set(ordinal, replica));
    void replica.done
      .then(
        () => undefined,
        (error: unknown) => failed(replica, error),
      )
      .then(() => {
        if (detached) return;
        siblings.delete(ordinal);
        reconcile(object);
      });
  };

  /** A bug, or a state file that was busy for too long: the replica is taken up again as it is recorded. */
  const failed = async (replica: Replica, error: unknown) => {
    replica.detach();
    if (detached) return;
    if (error instanceof SupersededError) {
      context.superseded();
      return;
    }
    const { object, ordinal } = replica.record();
    context.log.error({ err: error, object, ordinal }, 'looking after a replica failed');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  };

  /** What is recorded and not looked after: after taking over, or after a failure. */
  const adoptAll = (object: string) => {
    for (const record of context.records.replicas(object))
      if (!byObject.get(object)?.has(record.ordinal)) keep(record);
  };

  const reconcile = (object?: string) => {
    if (detached) return;
    const recorded = context.records.workloads().map((workload) => workload.object);
    const objects = object === undefined ? [...recorded, ...byObject.keys()] : [object];
    for (const each of new Set(objects)) {
      adoptAll(each);
      const replicas = [...(byObject.get(each)?.values() ?? [])].sort(byOrdinal);
      const workload = context.records.workload(each);
      if (!workload || workload.removed) withdraw(context, each, workload, replicas);
      else if (replicas.every(({ record }) => record().workloadUid === workload.spec.uid))
        for (const missing of adjust(context, workload, replicas)) keep(missing);
      else for (const replica of replicas) replica.end(false);
    }
  };

  for (const { object } of context.records.replicas()) adoptAll(object);
  reconcile();
  return {
    reconcile,
    tendLogs: () => {
      for (const replicas of byObject.values())
        for (const { record } of replicas.values()) tend(context, record());
    },
    detach: () => {
      detached = true;
      for (const replicas of byObject.values())
        for (const replica of replicas.values()) replica.detach();
    },
  };
}

/** Ends all replicas, and forgets the workload after the last of them. */
function withdraw(
  { records, dataDir }: SupervisorContext,
  object: string,
  workload: WorkloadRecord | undefined,
  replicas: readonly Replica[],
): void {
  for (const replica of replicas) replica.end(false);
  if (replicas.length > 0 || !workload) return;
  rmSync(join(dataDir, 'logs', object), { recursive: true, force: true });
  records.forgetWorkload(object, workload.revision);
}

/** Brings number and contents of `replicas` to what is wanted; gives the ones that are missing. */
function adjust(
  context: SupervisorContext,
  { object, spec }: WorkloadRecord,
  replicas: readonly Replica[],
): readonly ReplicaRecord[] {
  const hash = launchHash(spec);
  for (const replica of replicas) {
    if (replica.record().ordinal >= spec.replicas) replica.end(true);
  }
  if (replicas.length === 0) forgetOtherLogs(context.dataDir, object, spec.uid);
  rollOut(
    replicas.filter((replica) => replica.record().ordinal < spec.replicas),
    hash,
  );
  const present = new Set(replicas.map((replica) => replica.record().ordinal));
  return Array.from({ length: spec.replicas }, (_, ordinal) => ordinal)
    .filter((ordinal) => !present.has(ordinal))
    .map((ordinal) => pending(object, ordinal, spec.uid, hash));
}

function pending(
  object: string,
  ordinal: number,
  workloadUid: string,
  hash: string,
): ReplicaRecord {
  return {
    object,
    ordinal,
    workloadUid,
    uid: randomUUID(),
    hash,
    phase: 'pending',
    draining: false,
    since: Date.now(),
    failures: 0,
    reason: '',
    message: '',
  };
}

function tend(context: SupervisorContext, record: ReplicaRecord): void {
  if (!record.process) return;
  const { object, ordinal, workloadUid } = record;
  const folder = join(workloadLogs(context.dataDir, object, workloadUid), String(ordinal));
  try {
    tendLog(folder, context.logBytes ?? LOG_BYTES, Date.now());
  } catch (error) {
    context.log.warn({ err: error, object, ordinal }, 'a log could not be kept within its bounds');
  }
}

function byOrdinal(left: Replica, right: Replica): number {
  return left.record().ordinal - right.record().ordinal;
}
