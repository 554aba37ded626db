import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import type { Manifest } from '../objects.ts';
import { firstPartyLabels } from './labels.ts';

/** Share of the processors asked for at which another replica comes. */
const BUSY_PERCENT = 70;

export interface AutoscalerOptions {
  readonly namespace: string;
  readonly least: number;
  readonly most: number;
}

/** Scales a first-party Deployment by how busy it is: up at once, down slowly, for its replicas hold streams. */
export function autoscaler(
  name: string,
  { namespace, least, most }: AutoscalerOptions,
): Manifest<V2HorizontalPodAutoscaler> {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, labels: firstPartyLabels(name) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: least,
      maxReplicas: most,
      metrics: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            target: { type: 'Utilization', averageUtilization: BUSY_PERCENT },
          },
        },
      ],
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 600,
          policies: [{ type: 'Pods', value: 1, periodSeconds: 300 }],
        },
      },
    },
  };
}
