import type { KubeConfig, V1EndpointSlice } from '@kubernetes/client-node';
import type { Endpoint, Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { Log } from '@mcp-gateway/core/ports/log';
import { apiClient, defaultConfig } from './api-client.ts';
import { bells } from './bells.ts';
import { mirror } from './mirror.ts';
import type { Manifest } from './objects.ts';
import { collectionPath } from './resource-path.ts';

export interface ServiceEndpointsOptions {
  readonly namespace: string;
  readonly service: string;
  readonly log: Log;
  /** Which cluster, and as whom; as the orchestrator finds it when absent. */
  readonly config?: KubeConfig;
}

/** The ready pods behind one Service, as last seen; whatever workload is asked for, they are the answer. */
export function serviceEndpoints({
  namespace,
  service,
  log,
  config = defaultConfig(),
}: ServiceEndpointsOptions): Endpoints & { readonly close: () => Promise<void> } {
  const api = apiClient(config);
  const { ring, heard } = bells();
  const slices = mirror<Manifest<V1EndpointSlice>, readonly Endpoint[]>({
    ...{ api, log, labelSelector: `kubernetes.io/service-name=${service}` },
    path: collectionPath({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace }),
    view: (slice) => ({ group: service, value: endpointsIn(slice) }),
    changed: ring,
  });
  return {
    of: () => [...slices.of(service).values()].flat(),
    changed: (_, signal) => heard(service, signal),
    close: async () => {
      await slices.close();
      await api.close();
    },
  };
}

/** Ready pods, and those that are ending but still serve the sessions that they have. */
export function endpointsIn({ endpoints, ports }: Manifest<V1EndpointSlice>): readonly Endpoint[] {
  const port = ports?.[0]?.port;
  if (port === undefined) return [];
  return (endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) => {
    const [address] = addresses;
    const draining = conditions?.terminating === true;
    const serves = draining ? conditions.serving : conditions?.ready;
    if (address === undefined || serves !== true || targetRef?.uid === undefined) return [];
    const host = address.includes(':') ? `[${address}]` : address;
    const origin = `http://${host}:${port}`;
    return [{ instance: targetRef.name ?? address, uid: targetRef.uid, origin, draining }];
  });
}
