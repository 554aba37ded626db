import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { isAlive, processId } from './process-table.ts';
import { transaction } from './state-file.ts';

const Gateway = z.object({ id: z.string(), pid: z.int(), started: z.string() });
type Gateway = z.output<typeof Gateway>;
const Supervisor = z.object({ holder: z.string(), beat: z.int() });

/** Of all gateways that share a state file, one supervises the replicas. */
export interface Membership {
  readonly id: string;
  /** True when no other gateway lives; this one supervises then. */
  join: (whenAlone: () => void) => boolean;
  /** A sign of life of the supervisor; false when another took its place. */
  beat: () => boolean;
  /** Takes the place of a supervisor that is gone or, for `silenceMs`, silent; true when this gateway now is the one. */
  takeOver: (silenceMs: number) => boolean;
  /** Leaves; true when no other gateway lives, and then all replicas have to be ended. */
  leave: () => boolean;
}

/** The part of this process in the gateways that share `connection`'s file. */
export function membership(connection: DatabaseSync): Membership {
  const id = randomUUID();
  const sql = statements(connection);
  const silence = silenceOf();
  const others = (): readonly Gateway[] => {
    const all = sql.gateways.all().map((row) => Gateway.parse(row));
    const alive = all.filter((gateway) => gateway.id !== id && isAlive(gateway));
    for (const gateway of all) if (!alive.includes(gateway)) sql.remove.run(gateway.id);
    return alive;
  };
  return {
    id,
    join: (whenAlone) =>
      transaction(connection, () => {
        const alone = others().length === 0;
        const self = processId(process.pid);
        sql.add.run(id, process.pid, self?.started ?? '');
        if (alone) {
          sql.hold.run(id);
          whenAlone();
        }
        return alone;
      }),
    beat: () => sql.beat.run(id).changes === 1,
    takeOver: (silenceMs) => {
      const seen = Supervisor.parse(sql.supervisor.get());
      if (seen.holder === id) return true;
      const holder = sql.gateway.get(seen.holder);
      const alive = holder !== undefined && isAlive(Gateway.parse(holder));
      if (alive && silence(seen) < silenceMs) return false;
      return transaction(connection, () => {
        const now = Supervisor.parse(sql.supervisor.get());
        if (now.holder !== seen.holder || now.beat !== seen.beat) return false;
        sql.hold.run(id);
        return true;
      });
    },
    leave: () =>
      transaction(connection, () => {
        const last = others().length === 0;
        sql.remove.run(id);
        if (last) sql.hold.run(id);
        else sql.release.run(id);
        return last;
      }),
  };
}

/** Measured by this process's own clock, which stands still while the machine sleeps. */
function silenceOf(): (seen: z.output<typeof Supervisor>) => number {
  let last = '';
  let since = performance.now();
  return ({ holder, beat }) => {
    const sign = `${holder} ${beat}`;
    if (sign !== last) {
      last = sign;
      since = performance.now();
    }
    return performance.now() - since;
  };
}

function statements(connection: DatabaseSync) {
  return {
    gateways: connection.prepare('SELECT id, pid, started FROM gateways'),
    gateway: connection.prepare('SELECT id, pid, started FROM gateways WHERE id = ?'),
    add: connection.prepare('INSERT INTO gateways (id, pid, started) VALUES (?, ?, ?)'),
    remove: connection.prepare('DELETE FROM gateways WHERE id = ?'),
    supervisor: connection.prepare('SELECT holder, beat FROM supervisor'),
    hold: connection.prepare('UPDATE supervisor SET holder = ?, beat = beat + 1'),
    release: connection.prepare("UPDATE supervisor SET holder = '' WHERE holder = ?"),
    beat: connection.prepare('UPDATE supervisor SET beat = beat + 1 WHERE holder = ?'),
  };
}
