import * as azure from '@pulumi/azure-native/network/index.js';
import * as pulumi from '@pulumi/pulumi';
import { EDGE_SECONDS } from '../edge-timeouts.ts';
import { placed, type Site } from '../site.ts';

/** The address by which clients come, and its name. */
export class PublicAddress extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  /** The name that Azure gives. */
  readonly fqdn: pulumi.Output<string>;
  /** The name by which clients reach the gateway. */
  readonly host: pulumi.Output<string>;

  constructor(name: string, site: Site, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:PublicAddress', name, {}, options);
    const { settings, names } = site;
    const address = new azure.PublicIPAddress(
      name,
      {
        ...placed(site),
        publicIpAddressName: names.publicAddress,
        sku: { name: 'Standard', tier: 'Regional' },
        publicIPAllocationMethod: 'Static',
        publicIPAddressVersion: 'IPv4',
        idleTimeoutInMinutes: EDGE_SECONDS.idleConnection / 60,
        ...(settings.zones.length > 0 && { zones: [...settings.zones] }),
        // A name that nobody else can take once it is let go.
        dnsSettings: { domainNameLabel: names.dnsLabel, domainNameLabelScope: 'TenantReuse' },
      },
      { parent: this },
    );
    this.id = address.id;
    this.address = address.ipAddress.apply((text) => text ?? '');
    this.fqdn = address.dnsSettings.apply((dns) => dns?.fqdn ?? '');
    this.host = settings.hostname === undefined ? this.fqdn : pulumi.output(settings.hostname);
    this.registerOutputs({ host: this.host });
  }
}
