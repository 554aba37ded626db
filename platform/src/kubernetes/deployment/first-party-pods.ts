import type { V1Container, V1Deployment, V1EnvVar } from '@kubernetes/client-node';
import type { Manifest, Wire } from '../objects.ts';
import { CONTAINER_SECURITY, POD_SECURITY, spread } from '../pod-security.ts';
import { firstPartyMetadata, volumes, type FirstPartyDeployment } from './first-party.ts';
import { firstPartyLabels, firstPartySelector } from './labels.ts';

/** Until load balancers have heard that a replica is about to end. */
const LEAVE_SECONDS = 5;
/** How long a service gets for what is open, to be told to it as DRAIN_SECONDS. */
export const DRAIN_SECONDS = 25;
const END_SECONDS = 10;

/** What of a service's pods is its own. */
export interface FirstPartyPods {
  readonly name: string;
  readonly usesCluster: boolean;
  /** Where `/health/live` and `/health/ready` are. */
  readonly healthPort: number;
  readonly ports: NonNullable<Wire<V1Container>['ports']>;
  readonly env: Wire<V1EnvVar>[];
  /** Unless the deployment says otherwise. */
  readonly requests: { readonly cpu: string; readonly memory: string };
}

/** Equal replicas of a service, confined and probed, that roll out without one less and end in order. */
export function firstPartyPods(
  deployment: FirstPartyDeployment<string>,
  pods: FirstPartyPods,
): Manifest<V1Deployment> {
  const { namespace, replicas, revision, identityClientId, trustedCertificates } = deployment;
  const { name } = pods;
  const selector = firstPartySelector(name);
  const identity = identityClientId && { 'azure.workload.identity/use': 'true' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: firstPartyMetadata(name, namespace),
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: { ...firstPartyLabels(name), ...identity },
          ...(revision && { annotations: { 'mcp-gateway/secrets-revision': revision } }),
        },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: pods.usesCluster,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: LEAVE_SECONDS + DRAIN_SECONDS + END_SECONDS,
          securityContext: POD_SECURITY,
          topologySpreadConstraints: spread(selector),
          containers: [container(deployment, pods)],
          volumes: volumes(trustedCertificates).volumes,
        },
      },
    },
  };
}

function container(
  { image, resources, trustedCertificates }: FirstPartyDeployment<string>,
  { name, healthPort, ports, env, requests }: FirstPartyPods,
): Wire<V1Container> {
  const health = (path: string) => ({ httpGet: { path, port: healthPort }, timeoutSeconds: 5 });
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ports,
    env,
    resources: resources ?? { requests, limits: { memory: '1Gi' } },
    securityContext: CONTAINER_SECURITY,
    startupProbe: { ...health('/health/live'), periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...health('/health/ready'), periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...health('/health/live'), periodSeconds: 20, failureThreshold: 6 },
    lifecycle: { preStop: { sleep: { seconds: LEAVE_SECONDS } } },
    volumeMounts: volumes(trustedCertificates).mounts,
  };
}
