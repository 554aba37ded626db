import * as network from '@pulumi/azure-native/network/index.js';
import * as dns from '@pulumi/azure-native/privatedns/index.js';
import * as pulumi from '@pulumi/pulumi';
import { placed, type Site } from '../site.ts';

/** What can be reached privately: the part of the service, and the names by which clients look for it. */
const KINDS = {
  registry: { group: 'registry', zone: 'privatelink.azurecr.io' },
  database: { group: 'Sql', zone: 'privatelink.documents.azure.com' },
  vault: { group: 'vault', zone: 'privatelink.vaultcore.azure.net' },
} as const;

export interface PrivateAccessArgs {
  readonly site: Site;
  readonly kind: keyof typeof KINDS;
  readonly targetId: pulumi.Input<string>;
  readonly networkId: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
}

/** An address inside the network for a service of Azure, under the name that it has outside. */
export class PrivateAccess extends pulumi.ComponentResource {
  readonly kind: PrivateAccessArgs['kind'];

  constructor(name: string, args: PrivateAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:PrivateAccess', name, {}, options);
    const { site, kind, targetId, networkId, subnetId } = args;
    this.kind = kind;
    const { group, zone: zoneName } = KINDS[kind];
    const global = { ...placed(site), location: 'global' };
    const own = { parent: this };
    const zone = new dns.PrivateZone(name, { ...global, privateZoneName: zoneName }, own);
    const link = new dns.VirtualNetworkLink(
      name,
      {
        ...global,
        privateZoneName: zone.name,
        virtualNetworkLinkName: site.names.network,
        registrationEnabled: false,
        virtualNetwork: { id: networkId },
      },
      own,
    );
    const endpointName = `mg-pe-${site.settings.label}-${kind}`;
    const endpoint = new network.PrivateEndpoint(
      name,
      {
        ...placed(site),
        privateEndpointName: endpointName,
        subnet: { id: subnetId },
        privateLinkServiceConnections: [
          { name: kind, privateLinkServiceId: targetId, groupIds: [group] },
        ],
      },
      own,
    );
    new network.PrivateDnsZoneGroup(
      name,
      {
        resourceGroupName: site.resourceGroupName,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: 'default',
        privateDnsZoneConfigs: [{ name: kind, privateDnsZoneId: zone.id }],
      },
      { parent: this, dependsOn: [link] },
    );
    this.registerOutputs({});
  }
}
