import { expect } from '@jest/globals';
import { plain, type ProgramRun } from './program.ts';

/** A resource of the established deployment, where ours is, and what differs, as the documentation says it. */
export interface Compared {
  readonly theirs: string;
  /** What ours must have; absent where there is none. */
  readonly ours?: (run: ProgramRun) => unknown;
  readonly has?: unknown;
  readonly differs?: string;
}

/** The inputs of a resource of the program. */
export const inputs = (type: string, name?: string) => (run: ProgramRun) =>
  plain(run.one(type, name).inputs);
const named = (type: string, role: string) => (run: ProgramRun) => {
  const grants = run.of(type).map((each) => plain(each.inputs) as { roleDefinitionId: string });
  return grants.filter(({ roleDefinitionId }) => roleDefinitionId.endsWith(role));
};

/** The established deployment, resource by resource. */
export const ESTABLISHED: readonly Compared[] = [
  {
    theirs: 'virtual network with three subnets',
    ours: (run) => [inputs('network:VirtualNetwork')(run), ...run.of('network:Subnet').map((each) => each.inputs.addressPrefix)], // prettier-ignore
    has: [
      { virtualNetworkName: 'mg-vnet-contoso', addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
      '10.0.1.0/24',
      '10.0.2.0/24',
      '10.0.3.0/24',
      '10.0.4.0/24',
      '10.0.5.0/24',
    ],
    differs: 'subnets of their own for the load balancer and for builds',
  },
  {
    theirs: 'network contributor on the virtual network',
    ours: (run) => named('authorization:RoleAssignment', '4d97b98b-1d4f-4787-a291-c67834d212e7')(run).length, // prettier-ignore
    has: 2,
    differs: 'on the two subnets that the cluster uses, before it is made',
  },
  {
    theirs: 'registry mgreg',
    ours: inputs('containerregistry:Registry'),
    has: { registryName: 'mgregcontoso', adminUserEnabled: false, anonymousPullEnabled: false },
    differs: 'Basic in dev, Premium in prod, where it has a private endpoint',
  },
  {
    theirs: 'cluster mg-aks',
    ours: inputs('containerservice:ManagedCluster'),
    has: {
      resourceName: 'mg-aks-contoso',
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true } },
      aadProfile: { managed: true, enableAzureRBAC: true },
      disableLocalAccounts: true,
      networkProfile: { networkPlugin: 'azure', networkPolicy: 'cilium' },
    },
    differs: 'policies are enforced, pods have addresses of their own, nobody has a local account',
  },
  {
    theirs: 'right of the nodes to pull',
    ours: (run) =>
      named('authorization:RoleAssignment', '7f951dda-4ed3-4680-a7ca-43fe172d538d')(run),
    has: [{ principalId: 'kubelet', scope: expect.stringContaining('mgregcontoso') }],
  },
  {
    theirs: 'public address mg-pip',
    ours: inputs('network:PublicIPAddress'),
    has: {
      publicIpAddressName: 'mg-pip-contoso',
      sku: { name: 'Standard' },
      publicIPAllocationMethod: 'Static',
      dnsSettings: { domainNameLabel: 'contoso' },
    },
    differs: 'the name carries a part of the tenant, so that nobody else takes it later',
  },
  {
    theirs: 'application gateway mg-aag',
    ours: inputs('network:ApplicationGateway'),
    has: {
      applicationGatewayName: 'mg-aag-contoso',
      backendHttpSettingsCollection: [{ port: 8000 }],
      probes: [{ path: '/ping' }],
      sslPolicy: { policyType: 'Predefined' },
      redirectConfigurations: [{ redirectType: 'Permanent' }],
      globalConfiguration: { enableResponseBuffering: false },
    },
    differs: 'TLS with redirect, a firewall, scaling, no buffering of answers, an hour of patience',
  },
  {
    theirs: 'identity of the gateway',
    ours: inputs('managedidentity:UserAssignedIdentity', 'gateway'),
    has: { resourceName: 'mg-identity-contoso' },
  },
  {
    theirs: 'identity of servers',
    ours: inputs('managedidentity:UserAssignedIdentity', 'workload'),
    has: { resourceName: 'mg-identity-contoso-workload' },
  },
  {
    theirs: 'identity for the deployment script',
    differs: 'none: the deployer acts with its own rights',
  },
  {
    theirs: 'rights of the deployment script on the cluster',
    differs: 'none: the deployer has them on the resource group beforehand',
  },
  {
    theirs: 'federated credential of the gateway',
    ours: inputs('managedidentity:FederatedIdentityCredential', 'gateway'),
    has: {
      subject: 'system:serviceaccount:mcp-gateway:gateway',
      audiences: ['api://AzureADTokenExchange'],
      issuer: 'https://issuer.example/',
    },
    differs: 'the gateway lives in a namespace of its own',
  },
  {
    theirs: 'federated credential of servers',
    ours: inputs('managedidentity:FederatedIdentityCredential', 'workload'),
    has: { subject: 'system:serviceaccount:adapter:workload-sa' },
  },
  {
    theirs: 'database account mg-storage',
    ours: inputs('cosmosdb:DatabaseAccount'),
    has: {
      accountName: 'mg-storage-contoso',
      kind: 'GlobalDocumentDB',
      consistencyPolicy: { defaultConsistencyLevel: 'Session' },
      disableLocalAuth: true,
      backupPolicy: { type: 'Continuous' },
    },
    differs: 'no keys, and a backup of every moment',
  },
  {
    theirs: 'database McpGatewayDb',
    ours: inputs('cosmosdb:SqlResourceSqlDatabase'),
    has: { databaseName: 'McpGatewayDb', resource: { id: 'McpGatewayDb' } },
    differs: 'throughput is shared by all containers',
  },
  ...['AdapterContainer', 'ToolContainer'].map((container) => ({
    theirs: `container ${container}`,
    ours: inputs('cosmosdb:SqlResourceSqlContainer', container),
    has: { resource: { id: container, partitionKey: { paths: ['/id'], kind: 'Hash' } } },
  })),
  {
    theirs: 'container CacheContainer',
    differs: 'none: a session id carries what the gateway needs to know, so nothing is cached',
  },
  {
    theirs: 'right of the gateway on the data',
    ours: (run) => plain(run.one('cosmosdb:SqlResourceSqlRoleAssignment', 'writer').inputs),
    has: {
      principalId: 'principal-mg-identity-contoso',
      roleDefinitionId: expect.stringMatching(/0000-000000000002$/),
      scope: expect.stringMatching(/\/dbs\/McpGatewayDb$/),
    },
    differs: 'on the database rather than the account',
  },
  {
    theirs: 'insights mg-ai',
    ours: inputs('applicationinsights:Component'),
    has: { resourceName: 'mg-ai-contoso', kind: 'web', ingestionMode: 'LogAnalytics' },
    differs: 'in a workspace, which those without one no longer can be made',
  },
  {
    theirs: 'deployment script',
    differs: 'none: the objects in the cluster are resources of the same program',
  },
  {
    theirs: 'namespace, accounts, roles and policies in the cluster',
    ours: (run) =>
      run.resources
        .filter(({ type }) => type.startsWith('kubernetes:'))
        .map(({ type }) => type.split(':').at(-1)),
    has: expect.arrayContaining([
      'Namespace',
      'ServiceAccount',
      'Role',
      'RoleBinding',
      'NetworkPolicy',
      'Secret',
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
    ]),
    differs: 'two namespaces, so that secrets of the services are out of reach of what they run',
  },
];
