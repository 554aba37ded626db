import * as identity from '@pulumi/azure-native/managedidentity/index.js';
import * as azure from '@pulumi/azure-native/network/index.js';
import * as pulumi from '@pulumi/pulumi';
import { edgeGateway } from '../edge-gateway.ts';
import { firewallPolicy } from '../firewall-policy.ts';
import { granted } from '../roles.ts';
import { placed, type Site } from '../site.ts';
import type { Certificate } from './vault.ts';

export interface EdgeArgs {
  readonly site: Site;
  readonly publicAddressId: pulumi.Input<string>;
  readonly host: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
  readonly gatewayAddress: string;
  readonly certificate: Certificate | undefined;
}

/** What lets clients in. */
export class Edge extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: EdgeArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Edge', name, {}, options);
    const { site, certificate } = args;
    const { identityId, rights } = this.reader(name, site, certificate);
    const firewall =
      site.settings.firewall === 'off'
        ? undefined
        : new azure.WebApplicationFirewallPolicy(
            name,
            { ...placed(site), policyName: site.names.firewall, ...firewallPolicy(site.settings) },
            { parent: this },
          );
    const gateway = new azure.ApplicationGateway(
      name,
      {
        ...placed(site),
        applicationGatewayName: site.names.edge,
        ...edgeGateway({
          settings: site.settings,
          ownId: ownId(site),
          subnetId: args.subnetId,
          publicAddressId: args.publicAddressId,
          gatewayAddress: args.gatewayAddress,
          host: args.host,
          certificateId: certificate?.secretId,
        }),
        ...(firewall && { firewallPolicy: { id: firewall.id } }),
        ...(identityId && {
          identity: { type: 'UserAssigned', userAssignedIdentities: [identityId] },
        }),
      },
      { parent: this, dependsOn: [...rights, ...(certificate?.madeBy ?? [])] },
    );
    this.id = gateway.id;
    this.registerOutputs({ id: this.id });
  }

  /** As whom the edge reads its certificate, with the right to do so before it first tries. */
  private reader(name: string, site: Site, certificate: Certificate | undefined) {
    if (certificate === undefined) return { identityId: undefined, rights: [] };
    const { id, principalId } = new identity.UserAssignedIdentity(
      name,
      { ...placed(site), resourceName: site.names.edgeIdentity },
      { parent: this },
    );
    const right = granted(
      `${name}-reads-certificate`,
      {
        role: 'keyVaultSecretsUser',
        principalId,
        scope: certificate.vaultId,
        subscriptionId: site.subscriptionId,
        between: [site.settings.label, site.names.edgeIdentity, 'certificate'],
      },
      { parent: this },
    );
    return { identityId: id, rights: [right] };
  }
}

function ownId({ subscriptionId, resourceGroupName, names }: Site): pulumi.Output<string> {
  return pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.Network/applicationGateways/${names.edge}`;
}
