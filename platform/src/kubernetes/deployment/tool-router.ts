import type { V1Deployment, V1NetworkPolicy, V1Service } from '@kubernetes/client-node';
import type { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import { egressRule, METADATA_RANGES, type EgressRange } from '../egress.ts';
import { dnsRule } from '../network-policy.ts';
import type { Manifest } from '../objects.ts';
import { WORKLOAD_DEFAULTS } from '../workload-settings.ts';
import {
  firstPartyBudget,
  firstPartyMetadata,
  variables,
  volumes,
  type FirstPartyDeployment,
} from './first-party.ts';
import { DRAIN_SECONDS, firstPartyPods } from './first-party-pods.ts';
import { INTERNAL_PORT, internalUrl } from './gateway.ts';
import { firstPartySelector, GATEWAY, TOOL_ROUTER } from './labels.ts';
import { serviceAccount } from './rbac.ts';

const PORT = 8000;

/** What differs between deployments of the tool router; it lives in the gateway's namespace, and GATEWAY_SECRETS must be a secret. */
export interface ToolRouterDeployment extends FirstPartyDeployment<keyof RouterSettings> {
  /** Where its store is, and who vouches for it there; HTTPS anywhere when absent. */
  readonly egress?: readonly EgressRange[];
}

const HTTPS: readonly EgressRange[] = [{ cidr: '0.0.0.0/0', ports: [443] }];

/** The tool router's objects: equal replicas that only the gateway reaches, without a token of the cluster. */
export function toolRouterObjects(deployment: ToolRouterDeployment): readonly Manifest[] {
  const { namespace, identityClientId } = deployment;
  return [
    serviceAccount(TOOL_ROUTER, namespace, identityClientId),
    routerPolicy(deployment),
    routerService(deployment),
    firstPartyBudget(TOOL_ROUTER, namespace),
    routerPods(deployment),
  ];
}

/** It calls servers by way of the gateway, so it has no way to them, nor to anybody else but its store. */
function routerPolicy({
  namespace,
  egress = HTTPS,
}: ToolRouterDeployment): Manifest<V1NetworkPolicy> {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: firstPartyMetadata(TOOL_ROUTER, namespace),
    spec: {
      podSelector: { matchLabels: firstPartySelector(TOOL_ROUTER) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: firstPartySelector(GATEWAY) } }],
          ports: [{ protocol: 'TCP', port: PORT }],
        },
      ],
      egress: [
        dnsRule(WORKLOAD_DEFAULTS.dns),
        {
          to: [{ podSelector: { matchLabels: firstPartySelector(GATEWAY) } }],
          ports: [{ protocol: 'TCP', port: INTERNAL_PORT }],
        },
        ...egress.flatMap((range) => egressRule(range, METADATA_RANGES) ?? []),
      ],
    },
  };
}

/** Headless: the gateway keeps sessions at their replica, so it watches the endpoints itself. */
function routerService({ namespace }: ToolRouterDeployment): Manifest<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: firstPartyMetadata(TOOL_ROUTER, namespace),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: firstPartySelector(TOOL_ROUTER),
      ports: [{ name: 'mcp', port: PORT, targetPort: PORT, protocol: 'TCP' }],
    },
  };
}

function routerPods(deployment: ToolRouterDeployment): Manifest<V1Deployment> {
  const { settings, secrets, trustedCertificates } = deployment;
  return firstPartyPods(deployment, {
    name: TOOL_ROUTER,
    usesCluster: false,
    healthPort: PORT,
    ports: [{ name: 'mcp', containerPort: PORT, protocol: 'TCP' }],
    env: variables(settings, secrets, {
      HOST: '0.0.0.0',
      PORT: String(PORT),
      DRAIN_SECONDS: String(DRAIN_SECONDS),
      GATEWAY_URL: internalUrl,
      ...volumes(trustedCertificates).settings,
    }),
    requests: { cpu: '100m', memory: '256Mi' },
  });
}
