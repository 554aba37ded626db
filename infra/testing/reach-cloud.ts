import type { Settings } from '../profiles.ts';
import type { ProgramRun } from './program.ts';
import { at, isPrivate, type Reach } from './reach-paths.ts';

/** Settings of the network, the cluster, the registry and the database. */
export const CLOUD_REACHES = {
  profile: [
    { at: at('network:VirtualNetwork', 'tags.profile'), is: ({ profile }) => profile },
    {
      at: at('containerservice:ManagedCluster', 'addonProfiles.azurepolicy.enabled'),
      is: ({ profile }) => profile === 'prod',
    },
    {
      at: at('keyvault:Vault', 'properties.enablePurgeProtection'),
      is: ({ profile }) => (profile === 'prod' ? true : undefined),
    },
    {
      at: at('keyvault:Vault', 'properties.softDeleteRetentionInDays'),
      is: ({ profile }) => (profile === 'prod' ? 90 : 7),
    },
  ],
  label: [
    { at: at('containerregistry:Registry', 'registryName'), is: ({ label }) => `mgreg${label}` },
  ],
  location: [
    { at: at('network:VirtualNetwork', 'location'), is: ({ location }) => location },
    {
      at: at('cosmosdb:DatabaseAccount', 'locations.0.locationName'),
      is: ({ location }) => location,
    },
  ],
  resourceGroup: [
    {
      at: at('network:VirtualNetwork', 'resourceGroupName'),
      is: ({ resourceGroup, label }) => resourceGroup ?? `mg-rg-${label}`,
    },
    {
      at: (run) => run.of('resources:ResourceGroup').length,
      is: ({ resourceGroup }) => (resourceGroup === undefined ? 1 : 0),
    },
  ],
  tags: [
    {
      at: at('network:VirtualNetwork', 'tags'),
      is: ({ tags, label, profile }) => ({ ...tags, application: 'mcp-gateway', label, profile }),
    },
  ],
  addressSpace: [
    {
      at: at('network:VirtualNetwork', 'addressSpace.addressPrefixes.0'),
      is: ({ addressSpace }) => addressSpace,
    },
  ],
  podAddresses: [
    {
      at: at('containerservice:ManagedCluster', 'networkProfile.podCidr'),
      is: ({ podAddresses }) => podAddresses,
    },
  ],
  serviceAddresses: [
    {
      at: at('containerservice:ManagedCluster', 'networkProfile.serviceCidr'),
      is: ({ serviceAddresses }) => serviceAddresses,
    },
  ],
  privateEndpoints: [
    { at: at('containerregistry:Registry', 'publicNetworkAccess'), is: isPrivate },
    { at: at('cosmosdb:DatabaseAccount', 'publicNetworkAccess'), is: isPrivate },
    { at: at('keyvault:Vault', 'properties.publicNetworkAccess'), is: isPrivate },
    {
      at: (run) => run.of('network:PrivateEndpoint').length,
      is: ({ privateEndpoints }) => (privateEndpoints ? 3 : 0),
    },
  ],
  allowedClients: [
    {
      at: (run) => {
        const rules = at('network:NetworkSecurityGroup', 'securityRules', 'edge')(run);
        const http = (rules as Record<string, unknown>[]).find(({ name }) => name === 'allow-http');
        return http?.sourceAddressPrefixes ?? http?.sourceAddressPrefix;
      },
      is: ({ allowedClients }) => (allowedClients.length > 1 ? allowedClients : 'Internet'),
    },
  ],
  clusterTier: [
    {
      at: at('containerservice:ManagedCluster', 'sku.tier'),
      is: ({ clusterTier }) => clusterTier,
    },
  ],
  apiServerClients: [
    {
      at: at('containerservice:ManagedCluster', 'apiServerAccessProfile.authorizedIPRanges'),
      is: ({ apiServerClients }) => (apiServerClients.length > 0 ? apiServerClients : undefined),
    },
  ],
  zones: [
    {
      at: at('containerservice:AgentPool', 'availabilityZones'),
      is: ({ zones }) => (zones.length > 0 ? zones : undefined),
    },
    {
      at: at('network:PublicIPAddress', 'zones'),
      is: ({ zones }) => (zones.length > 0 ? zones : undefined),
    },
  ],
  systemNodeSize: [
    {
      at: at('containerservice:ManagedCluster', 'agentPoolProfiles.0.vmSize'),
      is: ({ systemNodeSize }) => systemNodeSize,
    },
  ],
  systemNodes: [
    {
      at: at('containerservice:ManagedCluster', 'agentPoolProfiles.0.count'),
      is: ({ systemNodes }) => systemNodes,
    },
  ],
  systemNodesOnly: [
    {
      at: at('containerservice:ManagedCluster', 'agentPoolProfiles.0.nodeTaints.0'),
      is: ({ systemNodesOnly }) =>
        systemNodesOnly ? 'CriticalAddonsOnly=true:NoSchedule' : undefined,
    },
  ],
  nodeSize: [{ at: at('containerservice:AgentPool', 'vmSize'), is: ({ nodeSize }) => nodeSize }],
  nodesMin: [{ at: at('containerservice:AgentPool', 'minCount'), is: ({ nodesMin }) => nodesMin }],
  nodesMax: [{ at: at('containerservice:AgentPool', 'maxCount'), is: ({ nodesMax }) => nodesMax }],
  upgradeChannel: [
    {
      at: at('containerservice:ManagedCluster', 'autoUpgradeProfile.upgradeChannel'),
      is: ({ upgradeChannel }) => upgradeChannel,
    },
  ],
  maintenanceDay: [
    {
      at: at('containerservice:MaintenanceConfiguration', 'maintenanceWindow.schedule.weekly.dayOfWeek', 'aksManagedNodeOSUpgradeSchedule'), // prettier-ignore
      is: ({ maintenanceDay }) => maintenanceDay,
    },
  ],
  maintenanceHour: [
    {
      at: at('containerservice:MaintenanceConfiguration', 'maintenanceWindow.startTime', 'aksManagedNodeOSUpgradeSchedule'), // prettier-ignore
      is: ({ maintenanceHour }) => `${String(maintenanceHour).padStart(2, '0')}:00`,
    },
  ],
  registryTier: [
    { at: at('containerregistry:Registry', 'sku.name'), is: ({ registryTier }) => registryTier },
  ],
  databaseMode: [
    {
      at: at('cosmosdb:DatabaseAccount', 'capabilities.0.name'),
      is: ({ databaseMode }) => (databaseMode === 'serverless' ? 'EnableServerless' : undefined),
    },
  ],
  databaseThroughput: [
    {
      at: at('cosmosdb:SqlResourceSqlDatabase', 'options.autoscaleSettings.maxThroughput'),
      is: ({ databaseMode, databaseThroughput }) =>
        databaseMode === 'autoscale' ? databaseThroughput : undefined,
    },
  ],
  databaseBackupDays: [
    {
      at: at('cosmosdb:DatabaseAccount', 'backupPolicy.continuousModeProperties.tier'),
      is: ({ databaseBackupDays }) => `Continuous${databaseBackupDays}Days`,
    },
  ],
  protectData: [
    ...['cosmosdb:DatabaseAccount', 'containerregistry:Registry', 'keyvault:Vault'].map((type) => ({
      at: (run: ProgramRun) => run.optionsOf(run.one(type)).protect,
      is: ({ protectData }: Settings) => protectData,
    })),
  ],
} as const satisfies Readonly<Record<string, readonly Reach[]>>;
