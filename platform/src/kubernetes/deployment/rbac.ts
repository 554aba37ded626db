import type {
  V1PolicyRule,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import type { Manifest, Wire } from '../objects.ts';
import { firstPartyLabels } from './labels.ts';

type Rule = Wire<V1PolicyRule>;

/** What the gateway does in the namespace of its workloads: exactly these verbs, and nothing with Secrets. */
export const WORKLOAD_RULES: readonly Rule[] = [
  rule('apps', ['statefulsets'], ['get', 'list', 'watch', 'create', 'patch', 'delete']),
  rule('', ['services'], ['get', 'list', 'create', 'patch', 'delete']),
  rule('networking.k8s.io', ['networkpolicies'], ['get', 'list', 'create', 'patch', 'delete']),
  rule('policy', ['poddisruptionbudgets'], ['get', 'list', 'create', 'patch', 'delete']),
  rule('', ['pods'], ['list', 'watch', 'delete']),
  rule('', ['pods/log'], ['get']),
  rule('', ['events'], ['list']),
  rule('discovery.k8s.io', ['endpointslices'], ['list', 'watch']),
];

/** What the gateway does in its own namespace, to have one of its replicas repair what others left behind. */
export const LEASE_RULES: readonly Rule[] = [
  rule('coordination.k8s.io', ['leases'], ['get', 'create', 'update']),
];

/** What it does there besides where there is a tool router, to find that. */
export const ROUTER_RULES: readonly Rule[] = [
  rule('discovery.k8s.io', ['endpointslices'], ['list', 'watch']),
];

function rule(apiGroup: string, resources: string[], verbs: string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs };
}

export interface RoleOptions {
  readonly namespace: string;
  readonly rules: readonly Rule[];
  readonly account: { readonly name: string; readonly namespace: string };
}

/** A role of a namespace and its binding to a service account, which may live in another. */
export function roleFor(
  name: string,
  { namespace, rules, account }: RoleOptions,
): readonly [Manifest<V1Role>, Manifest<V1RoleBinding>] {
  const metadata = { name, namespace, labels: firstPartyLabels(name) };
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}

/** A service account; with the id of a managed identity, pods that ask for it act as that. */
export function serviceAccount(
  name: string,
  namespace: string,
  clientId: string | undefined,
): Manifest<V1ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace,
      labels: firstPartyLabels(name),
      ...(clientId && { annotations: { 'azure.workload.identity/client-id': clientId } }),
    },
    automountServiceAccountToken: false, // pods that need a token say so themselves
  };
}
