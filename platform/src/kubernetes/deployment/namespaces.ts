import type { V1Namespace, V1NetworkPolicy } from '@kubernetes/client-node';
import type { Manifest } from '../objects.ts';
import { firstPartyLabels } from './labels.ts';

/** A namespace whose pods must meet the restricted Pod Security standard. */
export function restrictedNamespace(name: string): Manifest<V1Namespace> {
  const labels = {
    ...firstPartyLabels(name),
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** Closes a namespace: a pod without a policy of its own neither reaches nor is reached. */
export function closedNamespace(
  namespace: string,
  policyTypes: readonly ('Ingress' | 'Egress')[],
): Manifest<V1NetworkPolicy> {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'closed', namespace, labels: firstPartyLabels('closed') },
    spec: { podSelector: {}, policyTypes },
  };
}
