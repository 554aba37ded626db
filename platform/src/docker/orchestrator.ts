import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import { imageReference } from './container-options.ts';
import { containers } from './containers.ts';
import type { Containers } from './containers.ts';
import { desiredState } from './desired-state.ts';
import type { DesiredState } from './desired-state.ts';
import { endpointView } from './endpoint-view.ts';
import { dockerEngine, unavailableEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { watchContainers } from './events.ts';
import type { Happening } from './events.ts';
import { checkImage } from './image-check.ts';
import { imagePulls } from './image-pulls.ts';
import { replicaLog } from './logs.ts';
import { joinMembers } from './members.ts';
import { instanceName, objectOf, scopeOf } from './names.ts';
import { scopeNetwork } from './network.ts';
import { observer } from './observer.ts';
import { DEFAULT_TIMINGS } from './options.ts';
import type { DockerOrchestratorOptions, Timings } from './options.ts';
import { passes } from './passes.ts';
import { readinessWatch } from './readiness.ts';
import { starts } from './starts.ts';
import { statusOfWorkload } from './status.ts';
import { supervisor } from './supervisor.ts';

const MAX_REMOVAL_MS = 30_000;
const LOOK_AGAIN_MS = 50;

/** Runs workloads as containers of this machine's Docker engine. */
export type DockerOrchestrator = Orchestrator & {
  /** Stops taking part; the last gateway to close removes all containers. */
  close: () => Promise<void>;
};

/** Joins the gateways that share `dataDir`; keeps the containers that a crash left and that are still wanted, removes the others. */
export async function dockerOrchestrator(
  options: DockerOrchestratorOptions,
): Promise<DockerOrchestrator> {
  const folder = join(options.dataDir, 'docker');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const engine = dockerEngine(options.dockerHost);
  await engine.calls.ping().catch(unavailableEngine);

  const members = joinMembers(join(folder, 'gateways'));
  const scope = scopeOf(options.dataDir);
  const network = scopeNetwork(engine.calls, scope);
  const own = containers(engine, scope, network, options);
  const desired = desiredState(join(folder, 'workloads'));
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const parts: Parts = { options, engine, scope, own, desired, timings };
  const running = await run(parts);
  return {
    ...operations(parts, running),
    endpoints: running.endpoints,
    close: async () => {
      await running.stop();
      if (!members.leave()) return;
      for (const workload of desired.all()) desired.delete(workload);
      await endAll(own, undefined, timings.grace);
      await network.remove();
    },
  };
}

interface Parts {
  readonly options: DockerOrchestratorOptions;
  readonly engine: Engine;
  readonly scope: string;
  readonly own: Containers;
  readonly desired: DesiredState;
  readonly timings: Timings;
}
type Running = Awaited<ReturnType<typeof run>>;

/** Looks after all objects until stopped. */
async function run({ options, engine, scope, own, desired, timings }: Parts) {
  const { log, registry } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const endpoints = endpointView();
  const work = passes((object) => pass(object));
  const readiness = readinessWatch(timings, signal, (object) => {
    seen.renew(object);
    work.wake(object);
  });
  const wake = (objects: Iterable<string>): void => {
    for (const object of objects) work.wake(object);
  };
  const wanted = (): string[] => [...desired.all().map(objectName), ...seen.known()];
  const pulls = imagePulls({ engine, log, timings, signal, ended: () => wake(wanted()) });
  const seen = observer({ engine, containers: own, desired, endpoints, readiness, timings });
  const begin = starts({ containers: own, pulls, registry, timings, log });
  const pass = supervisor({ containers: own, observer: seen, starts: begin, passes: work, timings, log }); // prettier-ignore

  const everything = async (): Promise<Set<string>> =>
    new Set([...wanted(), ...(await own.list()).map(({ object }) => object)]);
  const lookAtAll = (): void => void everything().then(wake, () => wake(wanted()));
  const happened = ({ action, id, attributes }: Happening): void => {
    const object = objectOf(attributes);
    if (object === undefined) return;
    seen.happened(object, id, action);
    work.wake(object);
  };

  await Promise.all([...(await everything())].map(work.settle));
  const watching = watchContainers(engine, scope, { joined: lookAtAll, happened }, signal);
  const timers = [
    onChange(timings.poll, desired.version, () => wake(wanted())),
    setInterval(lookAtAll, timings.resync).unref(),
  ];
  return {
    endpoints,
    work,
    last: seen.last,
    status: (object: string) => {
      const look = seen.last(object);
      return statusOfWorkload({
        ...look,
        readiness: readiness.of,
        exit: seen.exit,
        trouble: (ordinal) => look.wanted && begin.trouble(look.wanted, ordinal),
        pull: look.wanted && begin.pull(look.wanted),
      });
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      stopping.abort();
      await Promise.all([work.stop(), watching]);
    },
  };
}

function operations(
  { options, engine, own, desired, timings }: Parts,
  { work, status, last }: Running,
): Omit<Orchestrator, 'endpoints'> {
  return {
    check: ({ image }) => checkImage(engine, imageReference(image, options.registry)),
    apply: async (workload) => {
      const object = objectName(workload);
      if (JSON.stringify(desired.get(object)) !== JSON.stringify(workload)) desired.put(workload);
      work.wake(object);
      return Promise.resolve();
    },
    remove: async (id) => {
      const object = objectName(id);
      const known = desired.get(object) !== undefined || last(object).replicas.length > 0;
      desired.delete(id);
      await work.settle(object);
      await endAll(own, object, timings.grace).catch((error: unknown) => {
        // What was never here can be removed while the engine is away.
        if (known) unavailableEngine(error);
      });
      await work.settle(object);
    },
    list: async () => {
      const found = await own.list().catch(() => []);
      const all = [...desired.all(), ...found.map(({ workload }) => workload)];
      return [
        ...new Map(all.map(({ kind, name }) => [`${kind}-${name}`, { kind, name }])).values(),
      ];
    },
    status: async (id) => Promise.resolve(status(objectName(id))),
    logs: async (id, wish, signal) => {
      const replica = replicaContainers(own, desired, id, wish.instance);
      const found = await replica.current().catch(unavailableEngine);
      if (found === undefined && !replica.wanted()) {
        throw new GatewayError(
          'not_found',
          `There is no replica ${wish.instance} of '${id.name}'.`,
        );
      }
      return replicaLog(engine, replica, wish, signal);
    },
  };
}

function replicaContainers(
  own: Containers,
  desired: DesiredState,
  id: WorkloadId,
  ordinal: number,
) {
  const find = async (previous: boolean): Promise<string | undefined> => {
    const all = await own.list(objectName(id));
    return all.find((each) => each.ordinal === ordinal && each.previous === previous)?.id;
  };
  return {
    instance: instanceName(id, ordinal),
    current: () => find(false),
    previous: () => find(true),
    wanted: () => ordinal >= 0 && ordinal < (desired.get(objectName(id))?.replicas ?? 0),
  };
}

/** Ends the containers of an object, or all, until none is left: another gateway may just be making or removing one. */
async function endAll(own: Containers, object: string | undefined, graceMs: number): Promise<void> {
  for (const deadline = Date.now() + graceMs + MAX_REMOVAL_MS; ;) {
    const left = await own.list(object);
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      throw new GatewayError('unavailable', 'The Docker engine does not remove the containers.', {
        retryAfterSeconds: 5,
      });
    }
    await Promise.all(left.map((replica) => own.end(replica, graceMs)));
    await delay(LOOK_AGAIN_MS);
  }
}

function onChange(ms: number, version: () => string, act: () => void): NodeJS.Timeout {
  let seen = version();
  return setInterval(() => {
    const now = version();
    if (now === seen) return;
    seen = now;
    act();
  }, ms).unref();
}
