import { containerOptions, imageReference } from './container-options.ts';
import type { ReplicaPlan } from './container-options.ts';
import { engineWords, statusOf, unless } from './engine.ts';
import type { Engine } from './engine.ts';
import { previousName, replicaOf, scopeFilter } from './names.ts';
import type { Replica } from './names.ts';
import type { ScopeNetwork } from './network.ts';
import type { DockerOrchestratorOptions } from './options.ts';
import type { Trouble } from './trouble.ts';

/** Why a container could not be made; `missingImage` names what has to be pulled first. */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';
  readonly trouble: Trouble;
  readonly missingImage: string | undefined;

  constructor(trouble: Trouble, missingImage?: string, cause?: unknown) {
    super(trouble.message, { cause });
    this.trouble = trouble;
    this.missingImage = missingImage;
  }
}

/** The containers of one scope. Everything succeeds also when another gateway has done it a moment ago. */
export interface Containers {
  /** Ordered by ordinal; of one object or of all. */
  list: (object?: string) => Promise<readonly Replica[]>;
  /** Makes and starts a replica's container; throws `ContainerError`. */
  create: (plan: ReplicaPlan) => Promise<void>;
  start: (replica: Replica) => Promise<void>;
  /** Keeps an ended container for its log, and forgets the one kept before. */
  setAside: (replica: Replica) => Promise<void>;
  /** TERM, grace, KILL; resolves when the container is gone. */
  end: (replica: Replica, graceMs: number) => Promise<void>;
}

/** The containers of `scope` on `engine`. */
export function containers(
  { calls }: Engine,
  scope: string,
  network: ScopeNetwork,
  { registry, secrets }: Pick<DockerOrchestratorOptions, 'registry' | 'secrets'>,
): Containers {
  const list = async (object?: string): Promise<readonly Replica[]> => {
    const found = await calls.listContainers({ all: true, filters: scopeFilter(scope) });
    return found
      .flatMap((each) => replicaOf(each) ?? [])
      .filter((replica) => object === undefined || replica.object === object)
      .sort((left, right) => left.ordinal - right.ordinal);
  };
  const remove = async (id: string): Promise<void> => {
    // 409: its removal is under way.
    await calls.getContainer(id).remove({ force: true, v: true }).catch(unless(404, 409));
  };
  const start = async (id: string): Promise<void> => {
    await calls.getContainer(id).start().catch(unless(304, 404)).catch(startError);
  };
  return {
    list,
    create: async (plan) => {
      const options = containerOptions({ scope, registry }, plan, secretsOf(secrets, plan));
      await network.ensure();
      const made = await calls
        .createContainer({ ...options, HostConfig: { ...options.HostConfig, NetworkMode: network.name } }) // prettier-ignore
        .catch(unless(409))
        .catch((error: unknown) => createError(error, imageReference(plan.workload.image, registry))); // prettier-ignore
      if (made) await start(made.id);
    },
    start: ({ id }) => start(id),
    setAside: async ({ id, object, ordinal, instance }) => {
      const all = await list(object);
      for (const each of all) {
        if (each.previous && each.ordinal === ordinal && each.id !== id) await remove(each.id);
      }
      const name = previousName(scope, instance);
      await calls
        .getContainer(id)
        .rename({ name })
        .catch(unless(400, 404, 409));
    },
    end: async ({ id }, graceMs) => {
      const container = calls.getContainer(id);
      await container.stop({ t: Math.ceil(graceMs / 1000) }).catch(unless(304, 404));
      await remove(id);
    },
  };
}

function secretsOf(
  secrets: DockerOrchestratorOptions['secrets'],
  { workload }: ReplicaPlan,
): Readonly<Record<string, string>> {
  try {
    return secrets(workload);
  } catch (cause) {
    const message = String(cause).replace(/^\w*Error: /, '');
    throw new ContainerError({ reason: 'SecretNotFound', message }, undefined, cause);
  }
}

function createError(cause: unknown, image: string): never {
  if (statusOf(cause) === undefined) throw cause;
  const message = engineWords(cause);
  const missing = statusOf(cause) === 404 ? image : undefined;
  throw new ContainerError({ reason: 'CreateContainerError', message }, missing, cause);
}

function startError(cause: unknown): never {
  if (statusOf(cause) === undefined) throw cause;
  const message = `The container cannot be started: ${engineWords(cause)}`;
  throw new ContainerError({ reason: 'StartFailed', message }, undefined, cause);
}
