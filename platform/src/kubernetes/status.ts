import { objectName, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import {
  replicaStatus,
  type WorkloadCondition,
  type WorkloadStatus,
} from '@mcp-gateway/core/domain/workload';
import { hasCrashed, isUnready, podCondition, setConditions, tally } from './conditions.ts';
import type { PodView, SetView } from './views.ts';

/** At most so many replicas are asked for more than their pods tell. */
const MAX_ASKED = 4;

/** Answers what the watched objects do not tell; an answer that cannot be had is undefined. */
export interface Inquiry {
  /** The last lines that a replica wrote before it ended. */
  readonly lastWords: (pod: string) => Promise<string | undefined>;
  /** The newest complaint about an object. */
  readonly complaint: (kind: 'Pod' | 'StatefulSet', name: string) => Promise<string | undefined>;
}

/** How a workload is, with the reasons why it is not better; a missing one is told as such. */
export async function workloadStatus(
  id: WorkloadId,
  set: SetView | undefined,
  pods: readonly PodView[],
  inquiry: Inquiry,
): Promise<WorkloadStatus> {
  if (set === undefined) return absent(id);
  const counted = tally(set, pods);
  const conditions = await Promise.all([
    ...pods.map((pod, index) => withDetail(pod, index < MAX_ASKED ? inquiry : undefined)),
    ...setConditions(set, counted).map((condition) => withComplaint(condition, id, inquiry)),
  ]);
  return {
    readyReplicas: counted.ready,
    updatedReplicas: counted.updated,
    availableReplicas: counted.ready,
    image: set.image,
    replicaStatus: replicaStatus(counted.ready, set.desired),
    conditions: conditions.filter((condition) => condition !== undefined),
  };
}

function absent(id: WorkloadId): WorkloadStatus {
  const message = `The cluster has no ${objectName(id)}; it is made again shortly.`;
  return {
    readyReplicas: 0,
    updatedReplicas: 0,
    availableReplicas: 0,
    image: '',
    replicaStatus: 'Degraded: 0/0 ready',
    conditions: [{ reason: 'NotFound', message }],
  };
}

async function withDetail(
  pod: PodView,
  inquiry: Inquiry | undefined,
): Promise<WorkloadCondition | undefined> {
  const condition = podCondition(pod);
  if (condition === undefined || inquiry === undefined) return condition;
  if (hasCrashed(pod)) return told(condition, await inquiry.lastWords(pod.name));
  if (isUnready(pod)) return told(condition, await inquiry.complaint('Pod', pod.name));
  return condition;
}

async function withComplaint(
  condition: WorkloadCondition,
  id: WorkloadId,
  inquiry: Inquiry,
): Promise<WorkloadCondition> {
  return told(condition, await inquiry.complaint('StatefulSet', objectName(id)));
}

function told(condition: WorkloadCondition, more: string | undefined): WorkloadCondition {
  return more === undefined
    ? condition
    : { ...condition, message: `${condition.message}\n${more}` };
}
