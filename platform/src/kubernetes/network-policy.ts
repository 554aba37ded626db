import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type {
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPeer,
} from '@kubernetes/client-node';
import { egressRule, familyOf, METADATA_RANGES } from './egress.ts';
import { selectorLabels } from './names.ts';
import type { Manifest, Wire } from './objects.ts';
import type { WorkloadSettings } from './workload-settings.ts';

/** Lets the gateway in and nobody else, and out what the workload lists (or all may reach) and name resolution. */
export function networkPolicy(
  workload: Workload,
  settings: WorkloadSettings,
): Manifest<V1NetworkPolicy> {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: objectName(workload) },
    spec: {
      podSelector: { matchLabels: selectorLabels(workload) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [...settings.callers], ports: [{ protocol: 'TCP', port: workload.port }] }],
      egress: [dnsRule(settings.dns), ...listed(workload, settings)],
    },
  };
}

/** Lets out to name resolution. */
export function dnsRule(
  dns: readonly Wire<V1NetworkPolicyPeer>[],
): Wire<V1NetworkPolicyEgressRule> {
  return {
    to: [...dns],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
}

function listed(
  { egress }: Workload,
  settings: WorkloadSettings,
): Wire<V1NetworkPolicyEgressRule>[] {
  const blocked = [...METADATA_RANGES, ...settings.blockedEgress];
  return (egress ?? settings.defaultEgress)
    .filter(({ cidr }) => settings.ipFamilies.includes(familyOf(cidr)))
    .flatMap((range) => egressRule(range, blocked) ?? []);
}
