import { COSMOS_CONTAINERS } from '@mcp-gateway/core/domain/settings/cosmos-settings';
import * as azure from '@pulumi/azure-native/cosmosdb/index.js';
import * as pulumi from '@pulumi/pulumi';
import { stableGuid } from '../naming.ts';
import { DATA_ROLES } from '../roles.ts';
import { placed, type Site } from '../site.ts';

/** The database's name, which the services have as default. */
export const DATABASE = 'McpGatewayDb';

/** Containers whose items may end by themselves; the others keep theirs until they are deleted. */
const EXPIRING: ReadonlySet<string> = new Set([COSMOS_CONTAINERS.sessions]);
/** Items end only when they say so themselves. */
const TTL_BY_ITEM = -1;

export interface DatabaseArgs {
  readonly site: Site;
  /** Who reads and writes what is registered, and who reads it. */
  readonly writer: pulumi.Input<string>;
  readonly reader: pulumi.Input<string>;
}

/** The Cosmos DB account, reached by identities alone, with all that services look for in it. */
export class Database extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** What must be there before a service starts: it cannot make containers itself. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Database', name, {}, options);
    const { site } = args;
    const kept = { parent: this, protect: site.settings.protectData };
    const account = new azure.DatabaseAccount(name, databaseAccount(site), kept);
    const within = { resourceGroupName: site.resourceGroupName, accountName: account.name };
    const { databaseMode, databaseThroughput: maxThroughput } = site.settings;
    const database = new azure.SqlResourceSqlDatabase(
      name,
      {
        ...within,
        databaseName: DATABASE,
        resource: { id: DATABASE },
        // Shared by all containers.
        ...(databaseMode === 'autoscale' && { options: { autoscaleSettings: { maxThroughput } } }),
      },
      kept,
    );
    // One write at a time on one account.
    const chain: pulumi.Resource[] = [database];
    const next = () => ({ ...kept, dependsOn: chain.slice(-1) });
    for (const id of Object.values(COSMOS_CONTAINERS)) {
      const place = { ...within, databaseName: database.name };
      chain.push(new azure.SqlResourceSqlContainer(id, { ...place, ...container(id) }, next()));
    }
    for (const role of ['writer', 'reader'] as const) {
      chain.push(
        new azure.SqlResourceSqlRoleAssignment(
          role,
          { ...within, ...this.dataRole(role, args, account) },
          { ...next(), protect: false },
        ),
      );
    }
    this.id = account.id;
    this.endpoint = account.documentEndpoint;
    this.ready = chain;
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** On this database alone. */
  private dataRole(
    who: 'writer' | 'reader',
    { site, writer, reader }: DatabaseArgs,
    account: azure.DatabaseAccount,
  ) {
    const role = DATA_ROLES[who === 'writer' ? 'contributor' : 'reader'];
    return {
      roleAssignmentId: stableGuid('data role', site.settings.label, who),
      principalId: who === 'writer' ? writer : reader,
      roleDefinitionId: pulumi.interpolate`${account.id}/sqlRoleDefinitions/${role}`,
      scope: pulumi.interpolate`${account.id}/dbs/${DATABASE}`,
    };
  }
}

function databaseAccount(site: Site): azure.DatabaseAccountArgs {
  const { settings, names } = site;
  return {
    ...placed(site),
    accountName: names.database,
    kind: 'GlobalDocumentDB',
    databaseAccountOfferType: 'Standard',
    consistencyPolicy: { defaultConsistencyLevel: 'Session' },
    locations: [
      {
        locationName: settings.location,
        failoverPriority: 0,
        // Serverless accounts live in one zone.
        isZoneRedundant: settings.zones.length > 0 && settings.databaseMode !== 'serverless',
      },
    ],
    ...(settings.databaseMode === 'serverless' && { capabilities: [{ name: 'EnableServerless' }] }),
    disableLocalAuth: true,
    disableKeyBasedMetadataWriteAccess: true,
    minimalTlsVersion: 'Tls12',
    publicNetworkAccess: settings.privateEndpoints ? 'Disabled' : 'Enabled',
    networkAclBypass: 'None',
    enableAutomaticFailover: false,
    backupPolicy: {
      type: 'Continuous',
      continuousModeProperties: {
        tier: settings.databaseBackupDays === '7' ? 'Continuous7Days' : 'Continuous30Days',
      },
    },
  };
}

function container(id: string) {
  return {
    containerName: id,
    resource: {
      id,
      partitionKey: { paths: ['/id'], kind: 'Hash', version: 2 },
      ...(EXPIRING.has(id) && { defaultTtl: TTL_BY_ITEM }),
    },
  };
}
