import { isDeepStrictEqual } from 'node:util';
import type { Endpoint, Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import { bells } from './bells.ts';
import type { Mirror } from './mirror.ts';
import { ownerOf } from './names.ts';
import type { PodView, SliceEndpoint, SliceView } from './views.ts';

/** Endpoints, and the call that tells them of a change in a workload's slices or pods. */
export interface LiveEndpoints extends Endpoints {
  readonly refresh: (group: string) => void;
}

interface Sources {
  readonly slices: Pick<Mirror<SliceView>, 'of'>;
  readonly pods: Pick<Mirror<PodView>, 'of'>;
}

const NONE: readonly Endpoint[] = [];

/** Joins slices, which say who is ready, with pods, which say which incarnation it is; computed at a change, not at a request. */
export function liveEndpoints(sources: () => Sources): LiveEndpoints {
  const known = new Map<string, readonly Endpoint[]>();
  const { ring, heard } = bells();
  return {
    of: (id) => known.get(ownerOf(id)) ?? NONE,
    changed: (id, signal) => heard(ownerOf(id), signal),
    refresh: (group) => {
      const { slices, pods } = sources();
      const now = endpointsOf([...slices.of(group).values()], pods.of(group));
      if (isDeepStrictEqual(now, known.get(group) ?? NONE)) return;
      if (now.length === 0) known.delete(group);
      else known.set(group, now);
      ring(group);
    },
  };
}

/** The replicas that take sessions, or still have some; ordered by name. */
export function endpointsOf(
  slices: readonly SliceView[],
  pods: ReadonlyMap<string, PodView>,
): readonly Endpoint[] {
  const byName = new Map<string, Endpoint>();
  for (const { port, replicas } of slices) {
    for (const replica of replicas) {
      const uid = incarnation(replica, pods.get(replica.pod));
      if (uid === undefined || port === undefined) continue;
      const host = replica.address.includes(':') ? `[${replica.address}]` : replica.address;
      const origin = `http://${host}:${port}`;
      byName.set(replica.pod, {
        instance: replica.pod,
        uid,
        origin,
        draining: replica.terminating,
      });
    }
  }
  return [...byName.values()].sort((a, b) => (a.instance < b.instance ? -1 : 1));
}

/** Names the run of a replica's container, since a container that restarts in its pod has lost its sessions; undefined for one that serves nobody. */
function incarnation(replica: SliceEndpoint, pod: PodView | undefined): string | undefined {
  const serves = replica.terminating ? replica.serving : replica.ready;
  if (!serves || pod?.uid !== replica.podUid) return undefined;
  const { container } = pod;
  if (container?.state?.running === undefined) return undefined;
  return container.restartCount === 0 ? pod.uid : `${pod.uid}.${container.restartCount}`;
}
