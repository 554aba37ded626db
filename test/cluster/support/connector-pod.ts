import type { V1Pod } from '@kubernetes/client-node';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { putObjects, type Cluster } from './cluster.ts';
import { IMAGES } from './images.ts';

/** Runs a pod that connects where it is told to; resolves with its origin. */
export async function connectorPod(
  cluster: Cluster,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const image = `${IMAGES.connector.name}:${IMAGES.connector.version}`;
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const pod: Manifest<V1Pod> = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 1100, seccompProfile: { type: 'RuntimeDefault' } }, // prettier-ignore
      containers: [{ name: 'connector', image, imagePullPolicy: 'IfNotPresent', securityContext }],
    },
  };
  await putObjects(cluster, [pod]);
  return eventually(60_000, async () => {
    const path = objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, name);
    const { status } = await cluster.api.json<Manifest<V1Pod>>({ path });
    if (status?.phase !== 'Running' || !status.podIP) throw new Error(`${name} is not running`);
    const origin = `http://${status.podIP}:8000`;
    await fetch(origin);
    return origin;
  });
}
