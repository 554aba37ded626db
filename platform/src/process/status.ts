import { replicaStatus } from '@mcp-gateway/core/domain/workload';
import type {
  Workload,
  WorkloadCondition,
  WorkloadStatus,
} from '@mcp-gateway/core/domain/workload';
import { launchHash } from './launch-plan.ts';
import type { ReplicaRecord } from './records.ts';

/** What to say of a workload that is not there, for instance because it is about to be started again. */
export function missingStatus(object: string): WorkloadStatus {
  return {
    readyReplicas: 0,
    updatedReplicas: 0,
    availableReplicas: 0,
    image: '',
    replicaStatus: 'Degraded: 0/0 ready',
    conditions: [{ reason: 'NotFound', message: `Nothing runs for ${object} at present.` }],
  };
}

/** The status of `spec` with `replicas` as they are recorded. */
export function workloadStatus(
  object: string,
  spec: Workload,
  replicas: readonly ReplicaRecord[],
): WorkloadStatus {
  const hash = launchHash(spec);
  const wanted = Array.from({ length: spec.replicas }, (_, ordinal) =>
    replicas.find((replica) => replica.ordinal === ordinal),
  );
  const ready = wanted.filter((replica) => replica?.phase === 'ready').length;
  return {
    readyReplicas: ready,
    updatedReplicas: wanted.filter((replica) => replica?.hash === hash && replica.process).length,
    availableReplicas: ready,
    image: `${spec.image.name}:${spec.image.version}`,
    replicaStatus: replicaStatus(ready, spec.replicas),
    conditions: wanted.flatMap((replica, ordinal) => conditionOf(replica, `${object}-${ordinal}`)),
  };
}

function conditionOf(replica: ReplicaRecord | undefined, instance: string): WorkloadCondition[] {
  const condition = (reason: string, message: string) => [{ reason, message, instance }];
  if (!replica) return condition('Pending', 'It waits for its turn to start.');
  const lasted = `${Math.round((Date.now() - replica.since) / 1_000)} s`;
  switch (replica.phase) {
    case 'pending':
      return condition('Pending', `It has waited for its turn to start for ${lasted}.`);
    case 'starting':
      return condition('Starting', `It has been starting for ${lasted}: ${replica.message}.`);
    case 'unready':
      return condition('NotReady', `It has not been ready for ${lasted}: ${replica.message}.`);
    case 'waiting':
      return condition(replica.reason, replica.message);
    case 'ending':
      return condition('Ending', `It is being ended since ${lasted}.`);
    case 'ready':
      return replica.draining
        ? condition('Draining', 'It takes no new sessions because it is about to be replaced.')
        : [];
  }
}
