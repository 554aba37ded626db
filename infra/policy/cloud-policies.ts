import type { ResourceValidationPolicy } from '@pulumi/policy';
import { at, listAt, mandatory, type Rule, type Seen } from './rule.ts';

/** What keeps data, and where it says whether the whole world may knock. */
const STORES: Readonly<Record<string, string>> = {
  'azure-native:cosmosdb:DatabaseAccount': 'publicNetworkAccess',
  'azure-native:containerregistry:Registry': 'publicNetworkAccess',
  'azure-native:keyvault:Vault': 'properties.publicNetworkAccess',
  'azure-native:storage:StorageAccount': 'publicNetworkAccess',
};

/** Settings that let somebody in by a password or a key, or anybody at all, and what they must be. */
const LOCAL_AUTHENTICATION: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'azure-native:cosmosdb:DatabaseAccount': { disableLocalAuth: true },
  'azure-native:containerregistry:Registry': {
    adminUserEnabled: false,
    anonymousPullEnabled: false,
  },
  'azure-native:containerservice:ManagedCluster': {
    disableLocalAccounts: true,
    'aadProfile.enableAzureRBAC': true,
  },
  'azure-native:keyvault:Vault': { 'properties.enableRbacAuthorization': true },
  'azure-native:applicationinsights:Component': { disableLocalAuth: true },
  'azure-native:storage:StorageAccount': { allowSharedKeyAccess: false },
};

/** Roles that may do nearly everything, by the GUIDs of their definitions. */
const MIGHTY: Readonly<Record<string, string>> = {
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': 'Owner',
  'b24988ac-6180-42a0-ab88-20f7382dd24c': 'Contributor',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9': 'User Access Administrator',
};

const profileIsSaid: Rule = ({ type, props }) => {
  if (!(type in STORES) && type !== 'azure-native:network:ApplicationGateway') return [];
  const profile = at(props, 'tags.profile');
  return profile === 'dev' || profile === 'prod' ? [] : ['must have a tag profile: dev or prod'];
};

const noPublicStores: Rule = ({ type, props }) => {
  const path = STORES[type];
  if (path === undefined || !isProduction({ type, props })) return [];
  return at(props, path) === 'Disabled' ? [] : [`${path} must be Disabled in production`];
};

const noLocalAuthentication: Rule = ({ type, props }) =>
  Object.entries(LOCAL_AUTHENTICATION[type] ?? {})
    .filter(([path, wanted]) => at(props, path) !== wanted)
    .map(([path, wanted]) => `${path} must be ${String(wanted)}`);

const enforcedPolicies: Rule = ({ type, props }) => {
  if (type !== 'azure-native:containerservice:ManagedCluster') return [];
  const engine = at(props, 'networkProfile.networkPolicy');
  return engine === undefined || engine === 'none'
    ? ['networkProfile.networkPolicy must name an engine, or no NetworkPolicy is enforced']
    : [];
};

const edgeWithTls: Rule = ({ type, props }) => {
  if (type !== 'azure-native:network:ApplicationGateway' || !isProduction({ type, props })) {
    return [];
  }
  const mistakes: string[] = [];
  const plain = listAt(props, 'requestRoutingRules').filter(
    (rule) =>
      at(rule, 'backendAddressPool') !== undefined &&
      at(rule, 'redirectConfiguration') === undefined,
  );
  if (plain.length > 0 && listAt(props, 'sslCertificates').length === 0) {
    mistakes.push('must have a certificate in production');
  }
  if (at(props, 'sku.tier') !== 'WAF_v2') mistakes.push('must be WAF_v2 in production');
  return mistakes;
};

const leastRoles: Rule = ({ type, props }) => {
  if (type !== 'azure-native:authorization:RoleAssignment') return [];
  const id = String(at(props, 'roleDefinitionId')).split('/').at(-1) ?? '';
  const mighty = MIGHTY[id.toLowerCase()];
  return mighty === undefined ? [] : [`${mighty} is more than anything here needs`];
};

/** Of what is made in Azure. */
export const CLOUD_POLICIES: readonly ResourceValidationPolicy[] = [
  mandatory('profile-is-said', 'What keeps data says whether it is for production.', profileIsSaid),
  mandatory('no-public-stores', 'In production nobody outside reaches what keeps data.', noPublicStores), // prettier-ignore
  mandatory('no-local-authentication', 'Nobody gets in by a password or a key.', noLocalAuthentication), // prettier-ignore
  mandatory('enforced-network-policies', 'Clusters enforce NetworkPolicies.', enforcedPolicies),
  mandatory(
    'edge-with-tls',
    'In production the edge has a certificate and a firewall.',
    edgeWithTls,
  ),
  mandatory('least-roles', 'Nobody is granted nearly everything.', leastRoles),
];

function isProduction({ props }: Seen): boolean {
  return at(props, 'tags.profile') !== 'dev';
}
