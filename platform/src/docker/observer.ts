import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import { replicaHash } from './container-options.ts';
import type { Containers } from './containers.ts';
import type { DesiredState } from './desired-state.ts';
import type { EndpointView } from './endpoint-view.ts';
import type { Engine } from './engine.ts';
import { exitOf } from './exits.ts';
import type { Exit } from './exits.ts';
import type { Replica } from './names.ts';
import type { Timings } from './options.ts';
import type { ReadinessWatch } from './readiness.ts';

/** A workload with the hash that its replicas shall have. */
export interface Wanted {
  readonly workload: Workload;
  readonly hash: string;
}

/** One object as it was at the last look. */
export interface Look {
  readonly wanted: Wanted | undefined;
  readonly replicas: readonly Replica[];
  /** Why the engine could not be asked. */
  readonly engineTrouble?: string;
}

export interface ObserverParts {
  readonly engine: Engine;
  readonly containers: Pick<Containers, 'list'>;
  readonly desired: Pick<DesiredState, 'get'>;
  readonly endpoints: Pick<EndpointView, 'renew'>;
  readonly readiness: ReadinessWatch;
  readonly timings: Timings;
}

/** Knows what there is, and shows the endpoints of it. */
export interface Observer {
  look: (object: string) => Promise<Look>;
  /** Remembers that a look was in vain. */
  blind: (object: string, engineTrouble: string) => void;
  last: (object: string) => Look;
  known: () => readonly string[];
  isReady: (replica: Replica) => boolean;
  exit: (id: string) => Exit | undefined;
  /** Containers that are being ended by us; they get no new sessions. */
  readonly ending: Set<string>;
  /** Takes over at once what the engine tells: for some time after an end it still lists the container as running. */
  happened: (object: string, id: string, action: string) => void;
  /** Shows at once who is ready. */
  renew: (object: string) => void;
}

/** An observer that has not seen anything. */
export function observer(parts: ObserverParts): Observer {
  const { desired, endpoints, readiness } = parts;
  const looks = new Map<string, Look>();
  const exits = new Map<string, Exit>();
  const ended = new Set<string>();
  const ending = new Set<string>();

  const wantedOf = (object: string): Wanted | undefined => {
    const workload = desired.get(object);
    return workload && { workload, hash: replicaHash(workload) };
  };
  const last = (object: string): Look => ({
    ...(looks.get(object) ?? { replicas: [] }),
    wanted: wantedOf(object),
  });
  const isRunning = ({ id, state, previous }: Replica): boolean =>
    state === 'running' && !previous && !ended.has(id);
  const renew = (object: string): void => {
    const look = last(object);
    const running = look.replicas.filter(isRunning);
    endpoints.renew(object, serving({ ...look, replicas: running }, readiness, ending));
  };
  const remove = (object: string, id: string): void => {
    const look = looks.get(object);
    if (!look) return;
    const replicas = look.replicas.filter((replica) => replica.id !== id);
    forget(look.replicas, replicas);
    looks.set(object, { ...look, replicas });
  };
  const forget = (before: readonly Replica[], now: readonly Replica[]): void => {
    for (const { id } of before) {
      if (now.some((replica) => replica.id === id)) continue;
      for (const memory of [exits, ended, ending]) memory.delete(id);
    }
  };

  return {
    ending,
    renew,
    last,
    known: () => [...looks.keys()],
    isReady: (replica) => isRunning(replica) && readiness.of(replica.id).state === 'ready',
    exit: (id) => exits.get(id),
    happened: (object, id, action) => {
      if (action === 'die') ended.add(id);
      if (action === 'start' || action === 'destroy') ended.delete(id);
      if (action === 'destroy') remove(object, id);
      renew(object);
    },
    blind: (object, engineTrouble) => {
      const { wanted, replicas = [] } = looks.get(object) ?? {};
      looks.set(object, { wanted, replicas, engineTrouble });
    },
    look: async (object) => {
      const wanted = wantedOf(object);
      const listed = await parts.containers.list(object);
      const replicas = listed.map((replica) =>
        replica.state === 'running' && ended.has(replica.id)
          ? { ...replica, state: 'exited' }
          : replica,
      );
      await rememberExits(parts, replicas, exits);
      forget(last(object).replicas, replicas);
      if (!wanted && replicas.length === 0) looks.delete(object);
      else looks.set(object, { wanted, replicas });
      readiness.watch(object, replicas.filter(isRunning), wanted && readinessPath(wanted.workload));
      renew(object);
      return { wanted, replicas };
    },
  };
}

async function rememberExits(
  { engine, timings }: ObserverParts,
  replicas: readonly Replica[],
  exits: Map<string, Exit>,
): Promise<void> {
  for (const replica of replicas) {
    if (!hasEnded(replica) || exits.has(replica.id)) continue;
    const exit = await exitOf(engine, timings, replica);
    if (exit) exits.set(replica.id, exit);
  }
}

function hasEnded({ state }: Replica): boolean {
  return state === 'exited' || state === 'dead';
}

/** A replica that was ready, or is to go, keeps the sessions that it has but gets no new ones. */
function serving(
  { wanted, replicas }: Look,
  readiness: ReadinessWatch,
  ending: ReadonlySet<string>,
): Endpoint[] {
  return replicas
    .filter(({ ownerUid }) => ownerUid === wanted?.workload.uid)
    .filter(({ id }) => readiness.of(id).state !== 'starting')
    .map(({ id, instance, ordinal, port = 0 }) => ({
      instance,
      uid: id.slice(0, 32),
      origin: `http://127.0.0.1:${port}`,
      draining:
        ending.has(id) ||
        readiness.of(id).state === 'unready' ||
        ordinal >= (wanted?.workload.replicas ?? 0),
    }));
}

/** The bridge listens at once, but is of use only when the server behind it answers. */
function readinessPath({ image }: Workload): string | undefined {
  return image.name.split('/').at(-1) === 'mcp-proxy' ? '/readyz' : undefined;
}
