import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Endpoint, Endpoints, Orchestrator } from '@mcp-gateway/core/ports/orchestrator';

/** A platform and the workloads that it is for. */
export interface ImageRoute {
  readonly handles: (workload: Workload) => boolean;
  readonly orchestrator: Orchestrator;
}

const NONE: readonly Endpoint[] = [];

/** Several platforms as one: each workload runs on the first that handles it, and nowhere else; `refusal` is for the rest. */
export function orchestratorByImage(
  routes: readonly ImageRoute[],
  refusal: (workload: Workload) => GatewayError,
): Orchestrator {
  const all = routes.map(({ orchestrator }) => orchestrator);
  const rightOne = (workload: Workload): Orchestrator => {
    const route = routes.find(({ handles }) => handles(workload));
    if (route) return route.orchestrator;
    throw refusal(workload);
  };
  return {
    check: async (workload) => rightOne(workload).check(workload),
    apply: async (workload) => {
      const chosen = rightOne(workload);
      await chosen.apply(workload);
      // It ran elsewhere if its image was another one before.
      for (const other of all) {
        if (other !== chosen && (await holds(other, workload))) await other.remove(workload);
      }
    },
    remove: async (id) => {
      await Promise.all(all.map((each) => each.remove(id)));
    },
    list: async () => {
      const lists = await Promise.all(all.map((each) => each.list()));
      return [...new Map(lists.flat().map((id) => [`${id.kind}/${id.name}`, id])).values()];
    },
    status: async (id) => (await holder(all, id)).status(id),
    logs: async (id, options, signal) => (await holder(all, id)).logs(id, options, signal),
    endpoints: joined(all.map(({ endpoints }) => endpoints)),
  };
}

/** Where `id` runs; anywhere when it runs nowhere. */
async function holder(all: readonly Orchestrator[], id: WorkloadId): Promise<Orchestrator> {
  for (const each of all) if (await holds(each, id)) return each;
  const [first] = all;
  if (first) return first;
  throw new GatewayError('not_found', `Nothing runs as '${id.name}'.`);
}

async function holds(orchestrator: Orchestrator, { kind, name }: WorkloadId): Promise<boolean> {
  return (await orchestrator.list()).some((each) => each.kind === kind && each.name === name);
}

function joined(views: readonly Endpoints[]): Endpoints {
  return {
    of: (id) => {
      let found = NONE;
      for (const view of views) {
        const those = view.of(id);
        if (those.length > 0) found = found === NONE ? those : [...found, ...those];
      }
      return found;
    },
    changed: async (id, signal) => {
      const enough = new AbortController();
      const either = AbortSignal.any([signal, enough.signal]);
      try {
        await Promise.race(views.map((view) => view.changed(id, either)));
      } finally {
        enough.abort();
      }
    },
  };
}
