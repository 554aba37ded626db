import type { V1EndpointSlice, V1Pod, V1StatefulSet } from '@kubernetes/client-node';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { ApiClient } from './api-client.ts';
import { bells } from './bells.ts';
import { liveEndpoints } from './endpoints.ts';
import { mirror } from './mirror.ts';
import { ownerOf, WORKLOADS_SELECTOR } from './names.ts';
import type { Manifest } from './objects.ts';
import { collectionPath } from './resource-path.ts';
import {
  podView,
  setView,
  sliceView,
  type PodView,
  type SetView,
  type SliceView,
} from './views.ts';
import type { WorkloadView } from './workload-view.ts';

/** The live copy of all that the gateway runs in a cluster. */
export interface ClusterView {
  readonly endpoints: Endpoints;
  readonly workload: (id: WorkloadId) => WorkloadView;
  /** Resolves when the copy is complete for the first time. */
  readonly synced: Promise<void>;
  readonly close: () => Promise<void>;
}

/** Watches StatefulSets, pods and EndpointSlices of the namespace. */
export function clusterView(api: ApiClient, namespace: string, log: Log): ClusterView {
  const { ring, heard } = bells();
  const endpoints = liveEndpoints(() => ({ slices, pods }));
  const common = { api, log, labelSelector: WORKLOADS_SELECTOR };
  const sets = mirror<Manifest<V1StatefulSet>, SetView>({
    ...common,
    path: collectionPath({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace }),
    view: setView,
    changed: ring,
  });
  const pods = mirror<Manifest<V1Pod>, PodView>({
    ...common,
    path: collectionPath({ apiVersion: 'v1', kind: 'Pod', namespace }),
    view: podView,
    changed: (group) => {
      ring(group);
      endpoints.refresh(group);
    },
  });
  const slices = mirror<Manifest<V1EndpointSlice>, SliceView>({
    ...common,
    path: collectionPath({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace }),
    view: sliceView,
    changed: endpoints.refresh,
  });
  const all = [sets, pods, slices];
  return {
    endpoints,
    workload: (id) => ({
      set: () => sets.of(ownerOf(id)).values().next().value,
      pod: (name) => pods.of(ownerOf(id)).get(name),
      pods: () => [...pods.of(ownerOf(id)).values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      changed: (signal) => heard(ownerOf(id), signal),
    }),
    synced: Promise.all(all.map(({ synced }) => synced)).then(() => undefined),
    close: async () => {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}
