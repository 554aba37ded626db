import * as azure from '@pulumi/azure-native/containerregistry/index.js';
import * as pulumi from '@pulumi/pulumi';
import { placed, type Site } from '../site.ts';

/** The registry of images: nobody gets in by a password, and nobody unknown. */
export class Registry extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly loginServer: pulumi.Output<string>;

  constructor(name: string, site: Site, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Registry', name, {}, options);
    const { settings, names } = site;
    const isPremium = settings.registryTier === 'Premium';
    const registry = new azure.Registry(
      name,
      {
        ...placed(site),
        registryName: names.registry,
        sku: { name: settings.registryTier },
        adminUserEnabled: false,
        anonymousPullEnabled: false,
        publicNetworkAccess: settings.privateEndpoints ? 'Disabled' : 'Enabled',
        networkRuleBypassOptions: 'AzureServices',
        ...(isPremium && {
          zoneRedundancy: settings.zones.length > 0 ? 'Enabled' : 'Disabled',
          dataEndpointEnabled: false,
          policies: { retentionPolicy: { status: 'enabled', days: 30 } }, // of what no tag names any more
        }),
      },
      { parent: this, protect: settings.protectData },
    );
    this.id = registry.id;
    this.name = registry.name;
    this.loginServer = registry.loginServer;
    this.registerOutputs({ loginServer: this.loginServer });
  }
}
