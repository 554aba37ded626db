import type { ReplicaRecord } from './records.ts';
import type { SupervisorContext } from './supervisor-context.ts';

/** One replica's record, in memory and in the file at once. */
export interface ReplicaCell {
  readonly record: () => ReplicaRecord;
  /** Changes the record for everybody; a new phase begins now. */
  readonly save: (change: Partial<ReplicaRecord>) => void;
}

/** The cell of `initial`, which is saved only when it changes. */
export function replicaCell(context: SupervisorContext, initial: ReplicaRecord): ReplicaCell {
  let record = initial;
  return {
    record: () => record,
    save: (change) => {
      const isNewPhase = change.phase !== undefined && change.phase !== record.phase;
      const next = { ...record, ...(isNewPhase && { since: Date.now() }), ...change };
      context.records.saveReplica(next);
      record = next;
      context.changed(record.object);
    },
  };
}
