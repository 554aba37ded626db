import * as azure from '@pulumi/azure-native/managedidentity/index.js';
import * as pulumi from '@pulumi/pulumi';
import { SERVICE_ACCOUNTS, type ServiceIdentity } from '../service-accounts.ts';
import { placed, type Site } from '../site.ts';

/** The identities as which pods act, and the service accounts that may be them; no password exists. */
export class Identities extends pulumi.ComponentResource {
  readonly of: Readonly<Record<ServiceIdentity, azure.UserAssignedIdentity>>;
  private readonly site: Site;

  constructor(name: string, site: Site, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Identities', name, {}, options);
    this.site = site;
    const make = (who: ServiceIdentity): azure.UserAssignedIdentity =>
      new azure.UserAssignedIdentity(
        who,
        { ...placed(site), resourceName: site.names[`${who}Identity`] },
        { parent: this },
      );
    this.of = { gateway: make('gateway'), router: make('router'), workload: make('workload') };
    this.registerOutputs({});
  }

  /** Lets the service accounts of a cluster act as these identities; pods wait for the credentials returned. */
  trust(issuer: pulumi.Input<string>): readonly pulumi.Resource[] {
    return Object.entries(this.of).map(([who, { name }]) => {
      const account = SERVICE_ACCOUNTS[who as ServiceIdentity]; // the keys of that record
      return new azure.FederatedIdentityCredential(
        who,
        {
          resourceGroupName: this.site.resourceGroupName,
          resourceName: name,
          federatedIdentityCredentialResourceName: this.site.names.cluster,
          issuer,
          subject: `system:serviceaccount:${account.namespace}:${account.name}`,
          audiences: ['api://AzureADTokenExchange'],
        },
        { parent: this },
      );
    });
  }
}
