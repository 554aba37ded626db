import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { V1PodDisruptionBudget, V1Service } from '@kubernetes/client-node';
import { objectLabels, ownerAnnotations, PORT_NAME, selectorLabels } from './names.ts';
import { networkPolicy } from './network-policy.ts';
import type { Manifest } from './objects.ts';
import { statefulSet } from './stateful-set.ts';
import type { WorkloadSettings } from './workload-settings.ts';

/** All objects of a workload, those that protect it first; equal workloads give equal objects. */
export function manifests(workload: Workload, settings: WorkloadSettings): readonly Manifest[] {
  return [
    networkPolicy(workload, settings),
    service(workload),
    ...(workload.replicas > 1 ? [disruptionBudget(workload)] : []),
    statefulSet(workload, settings),
  ].map((object) => owned(object, workload, settings.namespace));
}

function owned(object: Manifest, workload: Workload, namespace: string): Manifest {
  const metadata = {
    ...object.metadata,
    namespace,
    labels: objectLabels(workload),
    annotations: ownerAnnotations(workload),
  };
  return { ...object, metadata };
}

/** Headless: it gives the replicas stable names, and the endpoints that the gateway watches. */
function service(workload: Workload): Manifest<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: objectName(workload) },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: selectorLabels(workload),
      ports: [{ name: PORT_NAME, port: workload.port, targetPort: workload.port, protocol: 'TCP' }],
    },
  };
}

/** Keeps the maintenance of nodes from taking more than one replica at a time. */
function disruptionBudget(workload: Workload): Manifest<V1PodDisruptionBudget> {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: objectName(workload) },
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(workload) } },
  };
}
