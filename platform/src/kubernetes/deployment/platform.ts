import type { V1NetworkPolicyPeer } from '@kubernetes/client-node';
import type { Manifest, Wire } from '../objects.ts';
import { WORKLOAD_DEFAULTS } from '../workload-settings.ts';
import type { GatewayDeployment } from './gateway-deployment.ts';
import { gatewayObjects } from './gateway.ts';
import { firstPartySelector, GATEWAY } from './labels.ts';
import { closedNamespace, restrictedNamespace } from './namespaces.ts';
import { LEASE_RULES, roleFor, ROUTER_RULES, serviceAccount, WORKLOAD_RULES } from './rbac.ts';

type Peers = readonly Wire<V1NetworkPolicyPeer>[];

/** All that the platform needs in a cluster, in an order in which it can be made. */
export function platformObjects(deployment: GatewayDeployment): readonly Manifest[] {
  const { namespace, workloadNamespace } = deployment;
  const account = { name: GATEWAY, namespace };
  return [
    restrictedNamespace(namespace),
    restrictedNamespace(workloadNamespace),
    closedNamespace(namespace, ['Ingress']),
    closedNamespace(workloadNamespace, ['Ingress', 'Egress']),
    serviceAccount(GATEWAY, namespace, deployment.identityClientId),
    serviceAccount(
      WORKLOAD_DEFAULTS.identityServiceAccount,
      workloadNamespace,
      deployment.workloadIdentityClientId,
    ),
    ...roleFor(GATEWAY, { namespace: workloadNamespace, rules: WORKLOAD_RULES, account }),
    ...roleFor(`${GATEWAY}-leader`, { namespace, rules: LEASE_RULES, account }),
    ...(deployment.toolRouter
      ? roleFor(`${GATEWAY}-router`, { namespace, rules: ROUTER_RULES, account })
      : []),
    ...gatewayObjects(deployment),
  ];
}

/** Who may connect to workloads, for every policy of the orchestrator: the gateway's pods alone, since the tool router calls by them. */
export function firstPartyCallers(namespace: string): Peers {
  return [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      podSelector: { matchLabels: firstPartySelector(GATEWAY) },
    },
  ];
}
