import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { RUN_AS } from './names.ts';
import type { Wire } from './objects.ts';

/** Of every pod that this project makes, its own services and what it runs: the restricted Pod Security Standard. */
export const POD_SECURITY: NonNullable<Wire<V1PodSpec>['securityContext']> = {
  runAsNonRoot: true,
  runAsUser: RUN_AS,
  runAsGroup: RUN_AS,
  fsGroup: RUN_AS,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Of every container in them. */
export const CONTAINER_SECURITY: NonNullable<Wire<V1Container>['securityContext']> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Spreads the pods with these labels over zones and nodes, as far as there are any. */
export function spread(
  matchLabels: Readonly<Record<string, string>>,
): NonNullable<Wire<V1PodSpec>['topologySpreadConstraints']> {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
  }));
}
