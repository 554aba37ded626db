import { join } from 'node:path';
import type { Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import { endpointView } from './endpoint-view.ts';
import type { EndpointView } from './endpoint-view.ts';
import { membership } from './membership.ts';
import type { Membership } from './membership.ts';
import { DEFAULT_TIMINGS } from './options.ts';
import type { ProcessOrchestratorOptions, Timings } from './options.ts';
import { permits } from './permits.ts';
import { records as recordsIn } from './records.ts';
import type { Records } from './records.ts';
import { endIncarnation } from './replica-end.ts';
import { openStateFile } from './state-file.ts';
import { supervise } from './supervisor.ts';
import type { Supervisor } from './supervisor.ts';

const STARTS_AT_ONCE = 3;
const BEAT_MS = 1_000;

/** This process among the gateways of this machine: a supervisor or one that only looks. */
export interface Node {
  readonly records: Records;
  readonly endpoints: Endpoints;
  /** To be called after a change of what is wanted. */
  readonly changed: (object: string) => void;
  readonly isClosed: () => boolean;
  readonly close: () => Promise<void>;
}

/** Joins the others, or begins anew by ending what those before have left. */
export async function nodeOf(options: ProcessOrchestratorOptions): Promise<Node> {
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const connection = openStateFile(join(options.dataDir, 'processes.sqlite'));
  try {
    const members = membership(connection);
    const records = recordsIn(connection, members.id);
    const supervises = members.join(records.startAfresh);
    if (supervises) await endAll(records, timings);
    const role = roleIn({ options, timings, records, members, supervises });
    let closing: Promise<void> | undefined;
    const leave = async () => {
      role.stop();
      if (members.leave()) await endAll(records, timings);
      connection.close();
    };
    return {
      records,
      endpoints: role.view,
      changed: role.changed,
      isClosed: () => closing !== undefined,
      close: () => (closing ??= leave()),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Ends everything that is recorded, whoever started it. */
async function endAll(records: Records, { grace }: Timings): Promise<void> {
  await Promise.all(
    records.replicas().map(async (replica) => {
      await endIncarnation(replica, grace);
      records.forgetReplica(replica);
    }),
  );
}

interface Parts {
  readonly options: ProcessOrchestratorOptions;
  readonly timings: Timings;
  readonly records: Records;
  readonly members: Membership;
  readonly supervises: boolean;
}

interface Role {
  readonly view: EndpointView;
  readonly changed: (object: string) => void;
  readonly stop: () => void;
}

/** Supervises while it is this gateway's turn, and keeps the view of the endpoints in any case. */
function roleIn(parts: Parts): Role {
  const { options, timings, records, members } = parts;
  const { log } = options;
  const view = endpointView();
  let supervisor: Supervisor | undefined;

  const touched = coalesced((object) => supervisor?.reconcile(object), log);
  const changed = (object: string) => {
    view.renew(records.wantedReplicas(object), object);
    touched(object);
  };
  const retire = () => {
    supervisor?.detach();
    supervisor = undefined;
  };
  const begin = () => {
    log.info({ gateway: members.id }, 'supervising the replicas of this machine');
    const starts = permits(STARTS_AT_ONCE);
    supervisor = supervise({ ...options, timings, records, starts, changed, superseded: retire });
    view.renew(records.wantedReplicas());
  };

  const look = changes(records, () => {
    view.renew(records.wantedReplicas());
    supervisor?.reconcile();
  });
  const claim = () => {
    if (!supervisor && members.takeOver(timings.supervisorSilence)) begin();
  };
  const beat = () => {
    if (!supervisor) return;
    if (members.beat()) supervisor.tendLogs();
    else retire();
  };
  if (parts.supervises) begin();
  else view.renew(records.wantedReplicas());
  const timers = [every(timings.poll, look), every(timings.watch, claim), every(BEAT_MS, beat)];
  return {
    view,
    changed,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      retire();
    },
  };

  function every(milliseconds: number, act: () => void) {
    return setInterval(() => {
      try {
        act();
      } catch (error) {
        log.error({ err: error }, 'looking after the replicas failed, it is tried again');
      }
    }, milliseconds);
  }
}

/** Calls `act` when another process has written since the last look. */
function changes(records: Records, act: () => void): () => void {
  let seen = records.version();
  return () => {
    const version = records.version();
    if (version === seen) return;
    act();
    seen = version;
  };
}

/** Calls `act` once for all calls of one turn of the event loop. */
function coalesced(
  act: (object: string) => void,
  log: ProcessOrchestratorOptions['log'],
): (object: string) => void {
  const waiting = new Set<string>();
  return (object) => {
    if (waiting.has(object)) return;
    waiting.add(object);
    setImmediate(() => {
      waiting.delete(object);
      try {
        act(object);
      } catch (error) {
        log.error({ err: error, object }, 'looking after a workload failed, it is tried again');
      }
    });
  };
}
