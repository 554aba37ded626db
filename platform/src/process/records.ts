import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';

/** `unready`: was ready and does not answer now; `waiting`: ended or could not be started, and will be tried again. */
const Phase = z.enum(['pending', 'starting', 'ready', 'unready', 'waiting', 'ending']);

/** A replica as all gateways see it. */
export const ReplicaRecord = z.object({
  object: z.string(),
  ordinal: z.int(),
  workloadUid: z.string(),
  /** Of this incarnation. */
  uid: z.string(),
  /** What it runs, see `launchHash`. */
  hash: z.string(),
  phase: Phase,
  draining: z.boolean(),
  process: z.object({ pid: z.int(), started: z.string() }).optional(),
  port: z.int().optional(),
  /** Path of its readiness, an open port is enough when absent. */
  readiness: z.string().optional(),
  /** When the phase began, in milliseconds since 1970. */
  since: z.number(),
  failures: z.int(),
  reason: z.string(),
  message: z.string(),
});
export type ReplicaRecord = z.output<typeof ReplicaRecord>;

/** A workload as it is wanted; `removed` until its last replica is gone. */
export interface WorkloadRecord {
  readonly object: string;
  readonly revision: number;
  readonly removed: boolean;
  readonly spec: Workload;
}

/** Thrown when a gateway that no longer supervises tries to write what only the supervisor may. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/** What the gateways of this machine know of workloads and replicas. */
export interface Records {
  /** Changes when another process has written. */
  version: () => number;
  workload: (object: string) => WorkloadRecord | undefined;
  workloads: () => readonly WorkloadRecord[];
  want: (spec: Workload) => void;
  /** The revision of what is to be removed, undefined when there is nothing. */
  unwant: (id: WorkloadId) => number | undefined;
  /** Forgets a removed workload unless it is wanted again. */
  forgetWorkload: (object: string, revision: number) => void;
  replicas: (object?: string) => readonly ReplicaRecord[];
  /** Without those of workloads that are removed, and of earlier ones of the same name. */
  wantedReplicas: (object?: string) => readonly ReplicaRecord[];
  /** Throws `SupersededError` when another gateway supervises. */
  saveReplica: (replica: ReplicaRecord) => void;
  forgetReplica: (replica: ReplicaRecord) => void;
  /** A new beginning: nothing is wanted, and no replica of before is to be reached. */
  startAfresh: () => void;
}

/** The records in `connection`'s file, written by the gateway `member`. */
export function records(connection: DatabaseSync, member: string): Records {
  const sql = statements(connection);
  const workload = (object: string) => openWorkload(sql.workload.get(object));
  const replicas = (object?: string) =>
    (object === undefined ? sql.replicas.all() : sql.replicasOf.all(object)).map(openReplica);
  return {
    version: () => Number(sql.version.get()?.data_version),
    workload,
    workloads: () => sql.workloads.all().flatMap((row) => openWorkload(row) ?? []),
    replicas,
    wantedReplicas: (object) => sql.wantedReplicas.all(object ?? null).map(openReplica),
    want: (spec) => {
      const object = objectName(spec);
      const known = workload(object);
      const text = JSON.stringify(spec);
      if (known && !known.removed && JSON.stringify(known.spec) === text) return;
      sql.want.run(object, text);
    },
    unwant: (id) => {
      const object = objectName(id);
      sql.unwant.run(object);
      return workload(object)?.revision;
    },
    forgetWorkload: (object, revision) => void sql.forgetWorkload.run(object, revision),
    saveReplica: (replica) => {
      const text = JSON.stringify(replica);
      const { changes } = sql.saveReplica.run(replica.object, replica.ordinal, text, member);
      if (changes === 0) throw new SupersededError('another gateway supervises');
    },
    forgetReplica: ({ object, ordinal, uid }) => void sql.forgetReplica.run(object, ordinal, uid),
    startAfresh: () => {
      connection.exec('DELETE FROM workloads');
      for (const replica of replicas()) {
        const text = JSON.stringify({ ...replica, phase: 'ending' });
        sql.saveReplica.run(replica.object, replica.ordinal, text, member);
      }
    },
  };
}

function openWorkload(row: unknown): WorkloadRecord | undefined {
  if (row === undefined) return undefined;
  const { spec, removed, ...rest } = WorkloadRow.parse(row);
  // Written by `want` of this version of the program, and cleared at every new beginning.
  return { ...rest, removed: removed === 1, spec: JSON.parse(spec) as Workload };
}

function openReplica(row: unknown): ReplicaRecord {
  return ReplicaRecord.parse(JSON.parse(z.object({ value: z.string() }).parse(row).value));
}

const WorkloadRow = z.object({
  object: z.string(),
  revision: z.int(),
  removed: z.int(),
  spec: z.string(),
});

function statements(connection: DatabaseSync) {
  const workload = 'SELECT object, revision, removed, spec FROM workloads';
  return {
    version: connection.prepare('PRAGMA data_version'),
    workload: connection.prepare(`${workload} WHERE object = ?`),
    workloads: connection.prepare(`${workload} ORDER BY object`),
    want: connection.prepare(
      `INSERT INTO workloads (object, revision, removed, spec) VALUES (?, 1, 0, ?)
       ON CONFLICT DO UPDATE SET revision = revision + 1, removed = 0, spec = excluded.spec`,
    ),
    unwant: connection.prepare('UPDATE workloads SET removed = 1 WHERE object = ?'),
    forgetWorkload: connection.prepare(
      'DELETE FROM workloads WHERE object = ? AND revision = ? AND removed = 1',
    ),
    replicas: connection.prepare('SELECT value FROM replicas ORDER BY object, ordinal'),
    replicasOf: connection.prepare('SELECT value FROM replicas WHERE object = ? ORDER BY ordinal'),
    wantedReplicas: connection.prepare(
      `SELECT replicas.value FROM replicas JOIN workloads USING (object)
       WHERE object = coalesce(?, object) AND removed = 0
         AND replicas.value ->> 'workloadUid' = spec ->> 'uid'
       ORDER BY object, ordinal`,
    ),
    saveReplica: connection.prepare(
      `INSERT INTO replicas (object, ordinal, value)
       SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM supervisor WHERE holder = ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
    ),
    forgetReplica: connection.prepare(
      `DELETE FROM replicas WHERE object = ? AND ordinal = ? AND value ->> 'uid' = ?`,
    ),
  };
}
