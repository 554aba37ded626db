import type * as azure from '@pulumi/azure-native/types/input.js';
import type { AddressPlan } from './address-plan.ts';
import type { Settings } from './profiles.ts';

type Rule = azure.network.SecurityRuleArgs;
type Subnet = Exclude<keyof AddressPlan, 'gatewayAddress'>;

/** The gateway's port inside the network. */
export const GATEWAY_PORT = 8000;

/** Who may connect to what is in each subnet; whoever no rule names may not. */
export function networkRules(
  plan: AddressPlan,
  settings: Settings,
): Readonly<Record<Subnet, readonly Rule[]>> {
  const probes = allow('load-balancer', ['AzureLoadBalancer'], '*');
  const cluster = [plan.nodes, settings.podAddresses];
  return {
    // Nodes and pods among themselves, and the edge to the gateway alone.
    nodes: numbered([
      probes,
      allow('cluster', cluster, '*', { protocol: '*' }),
      allow('edge', [plan.edge], String(GATEWAY_PORT)),
    ]),
    edge: numbered([
      probes,
      // Azure's own management of Application Gateway v2, without which it does not run.
      allow('management', ['GatewayManager'], '65200-65535'),
      ...clients(settings),
    ]),
    // Pods read the database, the edge its certificate, and builds push into the registry.
    endpoints: numbered([allow('inhabitants', [...cluster, plan.edge, plan.builds], '443')]),
    loadBalancer: numbered([probes, allow('edge', [plan.edge], String(GATEWAY_PORT))]),
    builds: numbered([]),
  };
}

function clients({ allowedClients, tls }: Settings): Rule[] {
  const sources = allowedClients.length > 0 ? allowedClients : ['Internet'];
  return [
    allow('http', sources, '80'), // answers with the way to https, where there is one
    ...(tls === 'none' ? [] : [allow('https', sources, '443')]),
  ];
}

function allow(
  name: string,
  sources: readonly string[],
  port: string,
  { protocol = 'Tcp' }: { readonly protocol?: 'Tcp' | '*' } = {},
): Rule {
  const [only = ''] = sources;
  return {
    name: `allow-${name}`,
    access: 'Allow',
    direction: 'Inbound',
    protocol,
    // A tag such as Internet is not accepted in a list.
    ...(sources.length === 1 ? { sourceAddressPrefix: only } : { sourceAddressPrefixes: [...sources] }), // prettier-ignore
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
    destinationPortRange: port,
    priority: 0,
  };
}

/** In the order given, and everything else refused; Azure's own last rules would let the whole network in. */
function numbered(rules: readonly Rule[]): readonly Rule[] {
  const nobody: Rule = {
    ...allow('', ['*'], '*', { protocol: '*' }),
    name: 'refuse-everything-else',
    access: 'Deny',
  };
  const numbers = rules.map((rule, index) => ({ ...rule, priority: 100 + index * 10 }));
  return [...numbers, { ...nobody, priority: 4096 }];
}
