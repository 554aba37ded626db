import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';
import { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';
import { z } from 'zod';
import { APP_ROLES } from './app-roles.ts';
import { LABEL } from './naming.ts';
import { DECIDED_BY_MANIFEST, ROUTER_DECIDED_BY_MANIFEST } from './service-environment.ts';
import { secretNames, serviceSettings } from './service-settings.ts';
import { addressRange, json, onOff, whole } from './setting-kinds.ts';
import { areCertificates } from './trusted-certificates.ts';

const Email = z.email('must be e-mail addresses');
const Guid = z.guid('must be a GUID');
const ROLES = Object.keys(APP_ROLES);
const VAULT_ID =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.KeyVault\/vaults\/[^/]+$/i;

/** What a stack can say, by the name under which Pulumi keeps it; all is text there. */
export const Given = z.strictObject({
  profile: z
    .enum(['dev', 'prod'], 'must be dev or prod')
    .describe('Which defaults hold, and how strict the program is'),
  label: z
    .string('is needed: it becomes part of all names')
    .regex(LABEL, 'must be 3 to 30 lower-case letters and digits')
    .describe('Part of all names; must be your own in all of Azure'),
  location: z
    .string('is needed, such as westeurope')
    .regex(/^[a-z0-9]+$/, 'must be the short name of a region, such as westeurope')
    .describe('Region of everything'),
  resourceGroup: z
    .string()
    .optional()
    .describe('Existing resource group to deploy into; `mg-rg-<label>` is made when absent'),
  tags: json(z.record(z.string(), z.string()), 'an object of texts').describe(
    'Tags on everything that can have them',
  ),

  addressSpace: addressRange(8, 21).describe('Addresses of the virtual network, /21 or larger'),
  podAddresses: addressRange(8, 24).describe('Addresses of pods, in no network but the cluster'),
  serviceAddresses: addressRange(8, 24).describe('Addresses of Services in the cluster'),
  privateEndpoints: onOff.describe(
    'Whether registry, database and vault are reached from inside the network alone',
  ),
  allowedClients: json(
    z.array(z.string().regex(/^[0-9./]+$/)),
    'a list of address ranges',
  ).describe('Who may reach the gateway; everybody when empty'),

  clusterTier: z
    .enum(['Free', 'Standard', 'Premium'])
    .describe("Tier of the cluster's API server; Free promises no uptime"),
  apiServerClients: json(
    z.array(z.string().regex(/^[0-9./]+$/)),
    'a list of address ranges',
  ).describe("Who may reach the cluster's API server; whoever Entra ID knows when empty"),
  zones: json(z.array(z.enum(['1', '2', '3'])), 'a list of zones such as ["1","2","3"]').describe(
    'Availability zones; empty in regions without; cannot change',
  ),
  systemNodeSize: z.string().describe("Machines of the cluster's own services; cannot change"),
  systemNodes: whole(1, 10).describe('How many of them; cannot change'),
  systemNodesOnly: onOff.describe(
    "Whether nothing but the cluster's own services runs on them; cannot change",
  ),
  nodeSize: z.string().describe('Machines of the gateway and of MCP servers'),
  nodesMin: whole(0, 100).describe('Fewest of them'),
  nodesMax: whole(1, 100).describe('Most of them'),
  upgradeChannel: z
    .enum(['none', 'patch', 'stable', 'rapid'])
    .describe('How far Azure upgrades Kubernetes by itself'),
  maintenanceDay: z
    .enum(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])
    .describe('When upgrades happen'),
  maintenanceHour: whole(0, 23).describe('From which hour, in UTC'),

  registryTier: z
    .enum(['Basic', 'Standard', 'Premium'])
    .describe('Tier of the registry; private endpoints need Premium'),
  databaseMode: z
    .enum(['serverless', 'autoscale'])
    .describe('Whether the database is paid by request or by reserved throughput; cannot change'),
  databaseThroughput: whole(1000, 1_000_000).describe(
    'Most request units a second with autoscale, a multiple of 1000',
  ),
  databaseBackupDays: z
    .enum(['7', '30'], 'must be 7 or 30')
    .describe('How far back the database can be restored, to the second'),
  protectData: onOff.describe(
    'Whether database, registry and vault survive `pulumi destroy` and mistakes',
  ),

  hostname: z
    .string()
    .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'must be a host name')
    .optional()
    .describe("Name by which clients reach the gateway; the public address's own when absent"),
  tls: z
    .enum(['selfSigned', 'pfx', 'keyVault', 'none'])
    .describe('Where the certificate comes from; none is plain HTTP'),
  certificatePfx: z
    .base64('must be the base64 of a PFX file without password')
    .optional()
    .describe('With `tls: pfx`: the certificate and its key')
    .meta({ secret: true }),
  certificateId: z
    .string()
    .regex(
      /^https:\/\/[a-z0-9-]+\.vault\.[a-z.-]+\/secrets\/[A-Za-z0-9-]+$/,
      'must be the id of a secret without version, such as https://contoso.vault.azure.net/secrets/mcp',
    )
    .optional()
    .describe('With `tls: keyVault`: the certificate as a secret of an existing vault'),
  certificateVaultId: z
    .string()
    .regex(VAULT_ID, 'must be the resource id of a vault')
    .optional()
    .describe('With `tls: keyVault`: that vault, on which the edge gets the right to read'),
  firewall: z
    .enum(['off', 'detection', 'prevention'])
    .describe('What the web application firewall does with what it takes for an attack'),
  edgeMin: whole(0, 125).describe('Fewest capacity units of the edge'),
  edgeMax: whole(2, 125).describe('Most capacity units of the edge'),

  logDays: whole(30, 730).describe('How long logs are kept'),
  logDailyGb: z
    .string()
    .regex(/^(-1|\d+(\.\d+)?)$/, 'must be a number of GB, or -1 for no limit')
    .transform(Number)
    .describe('Most logs taken in a day, in GB; -1 for no limit'),
  alertEmails: json(z.array(Email), 'a list of e-mail addresses').describe('Who hears of trouble'),

  signIn: z
    .enum(['create', 'existing', 'oidc'])
    .describe(
      'Whether the application in Entra ID is made here, exists, or another issuer vouches',
    ),
  clientId: Guid.optional().describe('With `signIn: existing`: its client id'),
  tenantId: Guid.optional().describe("Tenant of callers; the deployer's own when absent"),
  identifierUris: json(z.array(z.url()), 'a list of URLs').describe(
    'Further identifiers of the application: MCP URLs to which people sign in',
  ),
  createGroups: onOff.describe('Whether a group is made for each role'),
  roleGroups: json(
    z.partialRecord(z.enum(ROLES), z.array(Guid), {
      error: ({ code }: { readonly code: string }) =>
        code === 'unrecognized_keys' ? `must name none but ${ROLES.join(', ')}` : undefined,
    }),
    'an object of role to ids of groups',
  ).describe('Existing groups that have a role'),
  oidcIssuer: z.url('must be a URL').optional().describe('With `signIn: oidc`: the issuer'),
  oidcAudiences: json(z.array(z.string()), 'a list of texts').describe(
    'With `signIn: oidc`: audiences of tokens for the gateway',
  ),

  gatewaysMin: whole(1, 100).describe('Fewest replicas of the gateway'),
  gatewaysMax: whole(1, 100).describe('Most replicas of the gateway'),
  routersMin: whole(1, 100).describe('Fewest replicas of the tool router'),
  routersMax: whole(1, 100).describe('Most replicas of the tool router'),
  sampleServers: onOff.describe('Whether the images of the sample servers are built, too'),
  imageGeneration: whole(1, 1_000_000).describe(
    'Count it up to build all images anew, on base images with the newest fixes',
  ),
  allowedImages: json(z.array(z.string()), 'a list of repositories').describe(
    'Repositories that may run, such as team/*; any of the registry when empty',
  ),
  trustedCertificates: z
    .string()
    .max(500_000, 'must be shorter: it is kept in one object of the cluster')
    .refine(areCertificates, 'must be certificates in PEM, and nothing else')
    .optional()
    .describe("What the services trust besides the public authorities, such as a company's own"),
  keyGeneration: whole(1, 1_000_000).describe(
    'Count it up to change the keys of sessions and of the services; nobody is cut off',
  ),
  gatewaySettings: serviceSettings(GatewaySettings.shape, DECIDED_BY_MANIFEST).describe(
    "Further settings of the gateway, by the names of its environment variables; they win over the program's",
  ),
  routerSettings: serviceSettings(RouterSettings.shape, ROUTER_DECIDED_BY_MANIFEST).describe(
    'The same of the tool router',
  ),
});
export type Given = z.output<typeof Given>;

/** The settings among those given that must be kept encrypted. */
export function secretSettings(values: Readonly<Record<string, string>>): readonly string[] {
  const ofServices = {
    gatewaySettings: secretNames(GatewaySettings.shape),
    routerSettings: secretNames(RouterSettings.shape),
  };
  return Object.keys(values).filter((name) => {
    const within = ofServices[name as keyof typeof ofServices] as readonly string[] | undefined; // most are not of a service
    const text = values[name] ?? '';
    return within ? within.some((secret) => text.includes(`"${secret}"`)) : isSecret(name);
  });
}

function isSecret(name: string): boolean {
  const shape: Readonly<Record<string, z.ZodType>> = Given.shape;
  return shape[name]?.meta()?.secret === true;
}
