import * as azure from '@pulumi/azure-native/network/index.js';
import * as pulumi from '@pulumi/pulumi';
import { addressPlan, type AddressPlan } from '../address-plan.ts';
import { networkRules } from '../network-rules.ts';
import { placed, type Site } from '../site.ts';

/** The names of the subnets in Azure. */
const SUBNETS = {
  nodes: 'nodes',
  edge: 'edge',
  endpoints: 'endpoints',
  loadBalancer: 'load-balancer',
  builds: 'builds',
} as const;
export type SubnetName = keyof typeof SUBNETS;

/** The virtual network: one subnet for each kind of inhabitant, each with rules of its own. */
export class Network extends pulumi.ComponentResource {
  readonly plan: AddressPlan;
  readonly id: pulumi.Output<string>;
  readonly subnets: Readonly<Record<SubnetName, azure.Subnet>>;

  constructor(name: string, site: Site, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Network', name, {}, options);
    this.plan = addressPlan(site.settings.addressSpace);
    const network = new azure.VirtualNetwork(
      name,
      {
        ...placed(site),
        virtualNetworkName: site.names.network,
        addressSpace: { addressPrefixes: [site.settings.addressSpace] },
      },
      { parent: this, ignoreChanges: ['subnets'] }, // they are resources of their own
    );
    this.id = network.id;
    this.subnets = this.makeSubnets(site, network);
    this.registerOutputs({ id: this.id });
  }

  private makeSubnets(site: Site, network: azure.VirtualNetwork): this['subnets'] {
    const rules = networkRules(this.plan, site.settings);
    let before: azure.Subnet | undefined;
    const make = (subnet: SubnetName): azure.Subnet => {
      const guard = new azure.NetworkSecurityGroup(
        SUBNETS[subnet],
        {
          ...placed(site),
          networkSecurityGroupName: `${site.names.network}-${SUBNETS[subnet]}`,
          securityRules: [...rules[subnet]],
        },
        { parent: this },
      );
      before = new azure.Subnet(
        SUBNETS[subnet],
        {
          resourceGroupName: site.resourceGroupName,
          virtualNetworkName: network.name,
          subnetName: SUBNETS[subnet],
          addressPrefix: this.plan[subnet],
          networkSecurityGroup: { id: guard.id },
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
          // Nodes go out by the cluster's load balancer; the edge and builds need Azure's own way out.
          defaultOutboundAccess: subnet === 'edge' || subnet === 'builds',
        },
        // One write at a time on one network.
        { parent: this, dependsOn: before ? [before] : [] },
      );
      return before;
    };
    return {
      nodes: make('nodes'),
      edge: make('edge'),
      endpoints: make('endpoints'),
      loadBalancer: make('loadBalancer'),
      builds: make('builds'),
    };
  }
}
