import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { V1Container, V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import { environment, HOME } from './environment.ts';
import { CONTAINER, objectLabels, ownerAnnotations, PORT_NAME, selectorLabels } from './names.ts';
import type { Manifest, Wire } from './objects.ts';
import { CONTAINER_SECURITY, POD_SECURITY, spread } from './pod-security.ts';
import { probes } from './probes.ts';
import { resources } from './resources.ts';
import type { WorkloadSettings } from './workload-settings.ts';

/** Runs the replicas; its selector is the resource's identity alone, so that all else may change later. */
export function statefulSet(
  workload: Workload,
  settings: WorkloadSettings,
): Manifest<V1StatefulSet> {
  const name = objectName(workload);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      serviceName: name,
      replicas: workload.replicas,
      podManagementPolicy: 'Parallel', // replicas know nothing of each other; one that fails must not hold the rest
      selector: { matchLabels: selectorLabels(workload) },
      template: {
        metadata: { labels: podLabels(workload), annotations: ownerAnnotations(workload) },
        spec: podSpec(workload, settings),
      },
    },
  };
}

function podLabels(workload: Workload): Record<string, string> {
  return {
    ...objectLabels(workload),
    ...(workload.useWorkloadIdentity && { 'azure.workload.identity/use': 'true' }),
  };
}

function podSpec(workload: Workload, settings: WorkloadSettings): Wire<V1PodSpec> {
  return {
    automountServiceAccountToken: workload.useWorkloadIdentity,
    serviceAccountName: workload.useWorkloadIdentity ? settings.identityServiceAccount : 'default',
    enableServiceLinks: false,
    terminationGracePeriodSeconds: settings.drainSeconds + settings.endSeconds,
    securityContext: POD_SECURITY,
    topologySpreadConstraints: spread(selectorLabels(workload)),
    containers: [container(workload, settings)],
    volumes: [
      { name: 'home', emptyDir: { sizeLimit: '4Gi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
    ],
  };
}

function container(workload: Workload, settings: WorkloadSettings): Wire<V1Container> {
  return {
    name: CONTAINER,
    image: imageReference(workload.image, settings.registry),
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: PORT_NAME, containerPort: workload.port, protocol: 'TCP' }],
    env: environment(workload),
    resources: resources(workload.resources, settings.resources),
    securityContext: CONTAINER_SECURITY,
    ...probes(workload, settings.startSeconds),
    // The time in which the gateway sends nothing new; it needs no command in the image.
    lifecycle: { preStop: { sleep: { seconds: settings.drainSeconds } } },
    volumeMounts: [
      { name: 'home', mountPath: HOME },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** `{registry}/{name}:{tag}`, or `…@sha256:…` for a digest. */
function imageReference({ name, version }: Workload['image'], registry: string): string {
  const repository = registry === '' ? name : `${registry}/${name}`;
  return version.startsWith('sha256:') ? `${repository}@${version}` : `${repository}:${version}`;
}
