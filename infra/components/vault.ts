import * as azure from '@pulumi/azure-native/keyvault/index.js';
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { vaultName, VAULT_SUFFIX_LENGTH } from '../naming.ts';
import { placed, type Site } from '../site.ts';

const CERTIFICATE = 'gateway';

/** A certificate as the edge finds it: by the id of a secret without version, so that it takes each new one. */
export interface Certificate {
  readonly secretId: pulumi.Output<string>;
  /** On which the edge needs the right to read. */
  readonly vaultId: pulumi.Output<string>;
  readonly madeBy: readonly pulumi.Resource[];
}

export interface VaultArgs {
  readonly site: Site;
  /** Whom a certificate that is made here speaks for. */
  readonly host: pulumi.Input<string>;
}

/** The vault, and the edge's certificate where it is kept here. */
export class Vault extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly certificate: Certificate | undefined;

  constructor(name: string, { site, host }: VaultArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Vault', name, {}, options);
    const { settings } = site;
    const isProduction = settings.profile === 'prod';
    const suffix = new random.RandomString(
      name,
      { length: VAULT_SUFFIX_LENGTH, upper: false, special: false },
      { parent: this },
    );
    const vault = new azure.Vault(
      name,
      {
        ...placed(site),
        vaultName: suffix.result.apply((text) => vaultName(settings.label, text)),
        properties: {
          tenantId: site.tenantId,
          sku: { family: 'A', name: 'standard' },
          enableRbacAuthorization: true,
          enableSoftDelete: true,
          softDeleteRetentionInDays: isProduction ? 90 : 7,
          // Cannot be taken back, so it does not go with `protectData`, which a teardown does.
          ...(isProduction && { enablePurgeProtection: true }),
          publicNetworkAccess: settings.privateEndpoints ? 'Disabled' : 'Enabled',
          networkAcls: {
            bypass: 'AzureServices', // by which the edge comes
            defaultAction: settings.privateEndpoints ? 'Deny' : 'Allow',
          },
        },
      },
      {
        parent: this,
        protect: settings.protectData,
        // Azure refuses another one once the vault is there, such as when dev becomes prod.
        ignoreChanges: ['properties.softDeleteRetentionInDays'],
      },
    );
    this.id = vault.id;
    this.name = vault.name;
    this.certificate = this.certificateIn({ site, host }, vault);
    this.registerOutputs({ name: this.name });
  }

  private certificateIn({ site, host }: VaultArgs, vault: azure.Vault): Certificate | undefined {
    const { tls, certificateId, certificateVaultId } = site.settings;
    if (tls === 'none') return undefined;
    if (tls === 'keyVault') {
      return {
        secretId: pulumi.output(certificateId ?? ''), // both are there: the settings were checked
        vaultId: pulumi.output(certificateVaultId ?? ''),
        madeBy: [],
      };
    }
    const made = tls === 'pfx' ? this.imported(site, vault) : this.selfSigned(host, vault);
    const secretId = vault.properties.vaultUri.apply((uri) => `${uri}secrets/${CERTIFICATE}`);
    return { secretId, vaultId: vault.id, madeBy: [made] };
  }

  /** By way of Resource Manager, which reaches the vault also where the deployer does not. */
  private imported({ settings, resourceGroupName }: Site, vault: azure.Vault): pulumi.Resource {
    return new azure.Secret(
      'certificate',
      {
        resourceGroupName,
        vaultName: vault.name,
        secretName: CERTIFICATE,
        properties: {
          contentType: 'application/x-pkcs12',
          value: pulumi.secret(settings.certificatePfx ?? ''),
        },
      },
      { parent: this },
    );
  }

  /** Made and renewed by the vault itself, so that its key is never anywhere else. */
  private selfSigned(host: pulumi.Input<string>, vault: azure.Vault): pulumi.Resource {
    return new local.Command(
      'certificate',
      {
        create: 'test -f Pulumi.yaml || cd ..; sh infra/scripts/make-certificate.sh',
        environment: { VAULT: vault.name, CERTIFICATE, HOST: host },
        triggers: [vault.id, host],
        logging: 'stderr',
      },
      { parent: this },
    );
  }
}
