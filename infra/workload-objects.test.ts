import { expect, test } from '@jest/globals';
import { LEASE_RULES, ROUTER_RULES, WORKLOAD_RULES } from '@mcp-gateway/platform/kubernetes/deployment/rbac'; // prettier-ignore
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { EDGE_SECONDS } from './edge-timeouts.ts';
import { GATEWAY_NAMESPACE, SERVICE_ACCOUNTS, WORKLOAD_NAMESPACE } from './service-accounts.ts';
import { stackSettings } from './stack-settings.ts';
import { DEV, PROD } from './testing/stacks.ts';
import { workloadObjects, type Later } from './workload-objects.ts';

interface Binding {
  readonly roleRef: { readonly name: string };
  readonly subjects: readonly object[];
}

const later = new Proxy({} as Later, { get: (_, name) => `<${String(name)}>` });
const objectsOf = (values: Readonly<Record<string, string>>): readonly Manifest[] =>
  workloadObjects(stackSettings({ values, encrypted: () => true }), later);

test.each([DEV, PROD])(
  'of $profile: the gateway may do what its code does and no more, and nobody else may do anything',
  (values) => {
    const objects = objectsOf(values);
    const kinds = new Set(objects.map(({ kind }) => kind).filter((kind) => kind.includes('Role')));
    expect([...kinds].sort()).toEqual(['Role', 'RoleBinding']); // none that holds in the whole cluster
    const rules = objects
      .filter(({ kind }) => kind === 'Role')
      .map((role) => [role.metadata.namespace, role.metadata.name, (role as Manifest<{ rules: object[] }>).rules]); // prettier-ignore
    expect(rules).toEqual([
      [WORKLOAD_NAMESPACE, 'gateway', WORKLOAD_RULES],
      [GATEWAY_NAMESPACE, 'gateway-leader', LEASE_RULES],
      [GATEWAY_NAMESPACE, 'gateway-router', ROUTER_RULES],
    ]);
    const bindings = objects.filter(({ kind }) => kind === 'RoleBinding') as Manifest<Binding>[]; // prettier-ignore
    expect(bindings.map(({ roleRef }) => roleRef.name)).toEqual(rules.map(([, name]) => name));
    for (const { subjects } of bindings) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', ...SERVICE_ACCOUNTS.gateway }]);
    }
  },
);

test('the balancer between the edge and the gateway is as patient as the edge', () => {
  const [service] = objectsOf(DEV).filter(({ kind, metadata: { name } }) => kind === 'Service' && name.endsWith('-edge')); // prettier-ignore
  expect(service?.metadata.annotations).toMatchObject({
    'service.beta.kubernetes.io/azure-load-balancer-internal': 'true',
    'service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout': String(EDGE_SECONDS.idleBalancer / 60), // prettier-ignore
  });
});
