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
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168': 'Role Based Access Control Administrator',
  '0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8': 'Azure Kubernetes Service Cluster Admin Role',
  'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b': 'Azure Kubernetes Service RBAC Cluster Admin',
  '3498e952-d568-435e-9b2c-8d77e338d7f7': 'Azure Kubernetes Service RBAC Admin',
  '00482a5a-887f-4fb3-b363-3b7fe8e74483': 'Key Vault Administrator',
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
  if (listAt(props, 'sslCertificates').length === 0) {
    mistakes.push('must have a certificate in production');
  }
  if (at(props, 'sku.tier') !== 'WAF_v2') mistakes.push('must be WAF_v2 in production');
  return mistakes;
};

/** Apart from the other rules of the edge, for which listener a rule is of cannot be known in a first preview. */
const plainRedirects: Rule = ({ type, props }) => {
  if (type !== 'azure-native:network:ApplicationGateway' || !isProduction({ type, props })) {
    return [];
  }
  const withTls = listAt(props, 'httpListeners')
    .filter((listener) => at(listener, 'protocol') === 'Https')
    .map((listener) => at(listener, 'name'));
  return listAt(props, 'requestRoutingRules')
    .filter((rule) => !onlyRedirects(rule))
    .filter((rule) => !withTls.includes(String(at(rule, 'httpListener.id')).split('/').at(-1)))
    .map((rule) => `${String(at(rule, 'name'))}: a listener without TLS may only redirect`);
};

function onlyRedirects(rule: unknown): boolean {
  const elsewhere = ['backendAddressPool', 'backendHttpSettings', 'urlPathMap'];
  return (
    at(rule, 'redirectConfiguration') !== undefined &&
    elsewhere.every((path) => at(rule, path) === undefined)
  );
}

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
  mandatory(
    'plain-http-redirects',
    'In production HTTP without TLS leads to HTTPS, and nowhere else.',
    plainRedirects,
  ),
  mandatory('least-roles', 'Nobody is granted nearly everything.', leastRoles),
];

function isProduction({ props }: Seen): boolean {
  return at(props, 'tags.profile') !== 'dev';
}
