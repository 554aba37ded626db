import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { ApiClient } from './api-client.ts';
import { MANAGED_BY, MANAGER, OWNER, ownerOf, selectorLabels } from './names.ts';
import type { Manifest } from './objects.ts';
import { objectPath } from './resource-path.ts';
import { deleteObject, findObjects, listMetadata } from './workload-objects.ts';

const POLL_MS = 250;
const DEADLINE_MS = 90_000;
/** A removed workload's sessions are over, so its replicas need no time to drain. */
const GRACE_SECONDS = 1;
const PODS = { apiVersion: 'v1', kind: 'Pod' };

/** Deletes what the gateway made for a workload and waits until it is gone, replicas included; nothing else is touched. */
export async function removeWorkload(
  api: ApiClient,
  namespace: string,
  id: WorkloadId,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await removedOnce(api, namespace, id))) {
    if (performance.now() > deadline) {
      const message = `The cluster has not ended all of ${objectName(id)} yet; it goes on with that.`;
      throw new GatewayError('upstream_timeout', message, { retryAfterSeconds: 10 });
    }
    await sleep(POLL_MS);
  }
}

/** One round: asks for the end of whatever is there; true when nothing is left. */
async function removedOnce(api: ApiClient, namespace: string, id: WorkloadId): Promise<boolean> {
  const owned = (await findObjects(api, namespace, id)).filter((object) => object.owned);
  const controller = owned.find(({ kind }) => kind === 'StatefulSet');
  // Its replicas are ended here, at once; the cluster itself would have them drain first.
  if (controller !== undefined && !controller.ending) {
    await deleteObject(api, controller, { propagationPolicy: 'Orphan' });
  }
  const pods = await podsOf(api, namespace, id);
  await Promise.all(pods.map((pod) => endPod(api, namespace, pod)));
  if (pods.length > 0 || controller !== undefined) return false;
  // The network policy and the rest stay until there is nobody left to protect.
  await Promise.all(owned.map((object) => deleteObject(api, object)));
  return owned.length === 0;
}

async function podsOf(
  api: ApiClient,
  namespace: string,
  id: WorkloadId,
): Promise<readonly Manifest[]> {
  const labels = { [MANAGED_BY]: MANAGER, ...selectorLabels(id) };
  const selector = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const pods = await listMetadata(api, PODS, namespace, selector.join(','));
  return pods.filter(({ metadata }) => metadata.annotations?.[OWNER] === ownerOf(id));
}

async function endPod(api: ApiClient, namespace: string, { metadata }: Manifest): Promise<void> {
  if ((metadata.deletionGracePeriodSeconds ?? Infinity) <= GRACE_SECONDS) return;
  const path = objectPath({ ...PODS, namespace }, metadata.name);
  const pod = { path, uid: metadata.uid ?? '' };
  await deleteObject(api, pod, { gracePeriodSeconds: GRACE_SECONDS });
}
