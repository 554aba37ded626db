import * as azure from '@pulumi/azure-native/containerservice/index.js';
import * as identity from '@pulumi/azure-native/managedidentity/index.js';
import * as pulumi from '@pulumi/pulumi';
import { addressIn } from '../address-plan.ts';
import { nodePool, SYSTEM_NODES_ONLY } from '../node-pools.ts';
import { kubeconfigForDeployer } from '../kubeconfig.ts';
import { granted } from '../roles.ts';
import { placed, type Site } from '../site.ts';

export interface ClusterArgs {
  readonly site: Site;
  readonly nodesSubnetId: pulumi.Input<string>;
  readonly loadBalancerSubnetId: pulumi.Input<string>;
  readonly registryId: pulumi.Input<string>;
  readonly workspaceId: pulumi.Input<string>;
}

/** Where the services and MCP servers run. */
export class Cluster extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly issuer: pulumi.Output<string>;
  readonly kubeconfig: pulumi.Output<string>;
  /** What must be there before a pod can run: machines, and the right to pull images. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Cluster', name, {}, options);
    const { site } = args;
    const itself = new identity.UserAssignedIdentity(
      name,
      { ...placed(site), resourceName: site.names.clusterIdentity },
      { parent: this },
    );
    const rights = this.networkRights(args, itself);
    const cluster = new azure.ManagedCluster(
      name,
      { ...managedCluster(args), identity: { type: 'UserAssigned', userAssignedIdentities: [itself.id] } }, // prettier-ignore
      {
        parent: this,
        dependsOn: rights,
        // Azure upgrades by itself, which the next deployment is not to take back; and it tells all
        // pools, also those that are resources of their own, of which the provider changes none here.
        ignoreChanges: ['kubernetesVersion', 'agentPoolProfiles'],
      },
    );
    const pull = granted(
      `${name}-pulls`,
      {
        role: 'acrPull',
        principalId: cluster.identityProfile.apply((all) => all?.kubeletidentity?.objectId ?? ''),
        scope: args.registryId,
        subscriptionId: site.subscriptionId,
        between: [site.settings.label, site.names.cluster, site.names.registry],
      },
      { parent: this },
    );
    this.id = cluster.id;
    this.name = cluster.name;
    this.issuer = cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? '');
    this.kubeconfig = kubeconfigOf(site, cluster);
    this.ready = [pull, this.servers(args, cluster), ...this.maintenance(site, cluster)];
    this.registerOutputs({ name: this.name });
  }

  /** Before the cluster is there, so that it never works without them. */
  private networkRights(
    { site, nodesSubnetId, loadBalancerSubnetId }: ClusterArgs,
    { principalId }: identity.UserAssignedIdentity,
  ): pulumi.Resource[] {
    const scopes = { nodes: nodesSubnetId, 'load-balancer': loadBalancerSubnetId };
    return Object.entries(scopes).map(([subnet, scope]) =>
      granted(
        `cluster-joins-${subnet}`,
        {
          role: 'networkContributor',
          principalId,
          scope,
          subscriptionId: site.subscriptionId,
          between: [site.settings.label, site.names.clusterIdentity, subnet],
        },
        { parent: this },
      ),
    );
  }

  /** Apart from the system's own pool, which the provider cannot change once the cluster is there. */
  private servers(
    { site, nodesSubnetId }: ClusterArgs,
    cluster: azure.ManagedCluster,
  ): azure.AgentPool {
    const { settings } = site;
    return new azure.AgentPool(
      'servers',
      {
        resourceGroupName: site.resourceGroupName,
        resourceName: cluster.name,
        agentPoolName: 'servers',
        mode: 'User',
        ...nodePool(settings, settings.nodeSize),
        vnetSubnetID: nodesSubnetId,
        enableAutoScaling: true,
        minCount: settings.nodesMin,
        maxCount: settings.nodesMax,
        count: settings.nodesMin,
      },
      { parent: this, ignoreChanges: ['count', 'orchestratorVersion'] },
    );
  }

  private maintenance({ settings, ...site }: Site, cluster: azure.ManagedCluster) {
    const { maintenanceDay: dayOfWeek, maintenanceHour, upgradeChannel } = settings;
    const configs = ['aksManagedNodeOSUpgradeSchedule'];
    if (upgradeChannel !== 'none') configs.push('aksManagedAutoUpgradeSchedule');
    return configs.map(
      (configName) =>
        new azure.MaintenanceConfiguration(
          configName,
          {
            resourceGroupName: site.resourceGroupName,
            resourceName: cluster.name,
            configName,
            maintenanceWindow: {
              schedule: { weekly: { dayOfWeek, intervalWeeks: 1 } },
              startTime: `${String(maintenanceHour).padStart(2, '0')}:00`,
              utcOffset: '+00:00',
              durationHours: 4,
            },
          },
          { parent: this },
        ),
    );
  }
}

function managedCluster(args: ClusterArgs): azure.ManagedClusterArgs {
  const { site, nodesSubnetId, workspaceId } = args;
  const { settings, names } = site;
  return {
    ...placed(site),
    resourceName: names.cluster,
    dnsPrefix: names.cluster,
    nodeResourceGroup: names.nodeResourceGroup,
    nodeResourceGroupProfile: { restrictionLevel: 'ReadOnly' },
    sku: { name: 'Base', tier: settings.clusterTier },
    agentPoolProfiles: [
      {
        name: 'system',
        mode: 'System',
        ...nodePool(settings, settings.systemNodeSize),
        vnetSubnetID: nodesSubnetId,
        count: settings.systemNodes,
        ...(settings.systemNodesOnly && { nodeTaints: [SYSTEM_NODES_ONLY] }),
      },
    ],
    // Nobody gets in by a certificate or a password of the cluster's own.
    disableLocalAccounts: true,
    enableRBAC: true,
    aadProfile: { managed: true, enableAzureRBAC: true, tenantID: site.tenantId },
    oidcIssuerProfile: { enabled: true },
    securityProfile: {
      workloadIdentity: { enabled: true },
      imageCleaner: { enabled: true, intervalHours: 168 },
    },
    apiServerAccessProfile: {
      disableRunCommand: true, // by which Azure lets people in past `apiServerClients`
      ...(settings.apiServerClients.length > 0 && { authorizedIPRanges: [...settings.apiServerClients] }), // prettier-ignore
    },
    networkProfile: {
      networkPlugin: 'azure',
      networkPluginMode: 'overlay',
      networkDataplane: 'cilium',
      networkPolicy: 'cilium', // without which the NetworkPolicies would be words
      podCidr: settings.podAddresses,
      serviceCidr: settings.serviceAddresses,
      dnsServiceIP: addressIn(settings.serviceAddresses, 10),
      loadBalancerSku: 'standard',
      outboundType: 'loadBalancer',
    },
    autoUpgradeProfile: {
      upgradeChannel: settings.upgradeChannel,
      nodeOSUpgradeChannel: 'NodeImage',
    },
    addonProfiles: {
      azurepolicy: { enabled: settings.profile === 'prod' },
      omsagent: {
        enabled: true,
        config: { logAnalyticsWorkspaceResourceID: workspaceId, useAADAuth: 'true' },
      },
    },
  };
}

/** For whoever deploys, with the rights that they have themselves. */
function kubeconfigOf(site: Site, cluster: azure.ManagedCluster): pulumi.Output<string> {
  const credentials = azure.listManagedClusterUserCredentialsOutput({
    resourceGroupName: site.resourceGroupName,
    resourceName: cluster.name,
    format: 'exec',
  });
  return pulumi.secret(
    credentials.kubeconfigs.apply((all) => {
      const [first] = all;
      if (first === undefined) throw new Error('Azure has given no credentials of the cluster.');
      return kubeconfigForDeployer(Buffer.from(first.value, 'base64').toString());
    }),
  );
}
