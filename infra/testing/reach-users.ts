import { resolve } from 'node:path';
import { contentTag, IMAGES } from '../image-sources.ts';
import type { Settings } from '../profiles.ts';
import { at, autoscaler, groupsWith, under, variable, type Reach } from './reach-paths.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Settings of what users meet: the edge, sign-in, the services. */
export const USER_REACHES = {
  hostname: [
    {
      at: variable('PUBLIC_ORIGIN'),
      is: ({ hostname, tls }) =>
        `http${tls === 'none' ? '' : 's'}://${hostname ?? 'contoso.westeurope.cloudapp.azure.com'}`,
    },
  ],
  tls: [
    {
      at: (run) => (at('network:ApplicationGateway', 'frontendPorts')(run) as unknown[]).length,
      is: ({ tls }) => (tls === 'none' ? 1 : 2),
    },
  ],
  certificatePfx: [
    {
      at: (run) => under(run.of('keyvault:Secret')[0], 'properties.value'),
      is: ({ certificatePfx }) => certificatePfx,
    },
  ],
  certificateId: [
    {
      at: (run) => {
        const id = at('network:ApplicationGateway', 'sslCertificates.0.keyVaultSecretId')(run);
        return String(id).includes('contoso.vault') ? id : undefined;
      },
      is: ({ certificateId }) => certificateId,
    },
  ],
  certificateVaultId: [
    {
      at: (run) => {
        const grant = run.of('RoleAssignment').find(({ name }) => name === 'platform-reads-certificate'); // prettier-ignore
        const scope = grant?.inputs.scope;
        return String(scope).endsWith('/contoso') ? scope : undefined;
      },
      is: ({ certificateVaultId }) => certificateVaultId,
    },
  ],
  firewall: [
    {
      at: (run) => under(run.of('network:WebApplicationFirewallPolicy')[0], 'policySettings.mode'),
      is: ({ firewall }) =>
        ({ off: undefined, detection: 'Detection', prevention: 'Prevention' })[firewall],
    },
    {
      at: at('network:ApplicationGateway', 'sku.tier'),
      is: ({ firewall }) => (firewall === 'off' ? 'Standard_v2' : 'WAF_v2'),
    },
  ],
  edgeMin: [
    {
      at: at('network:ApplicationGateway', 'autoscaleConfiguration.minCapacity'),
      is: ({ edgeMin }) => edgeMin,
    },
  ],
  edgeMax: [
    {
      at: at('network:ApplicationGateway', 'autoscaleConfiguration.maxCapacity'),
      is: ({ edgeMax }) => edgeMax,
    },
  ],
  logDays: [
    {
      at: at('operationalinsights:Workspace', 'retentionInDays'),
      is: ({ logDays }) => logDays,
    },
  ],
  logDailyGb: [
    {
      at: at('operationalinsights:Workspace', 'workspaceCapping.dailyQuotaGb'),
      is: ({ logDailyGb }) => logDailyGb,
    },
  ],
  alertEmails: [
    {
      at: (run) =>
        (at('monitor:ActionGroup', 'emailReceivers')(run) as { emailAddress: string }[]).map(
          ({ emailAddress }) => emailAddress,
        ),
      is: ({ alertEmails }) => alertEmails,
    },
  ],
  signIn: [
    {
      at: variable('IDENTITY'),
      is: ({ signIn }) => (signIn === 'oidc' ? 'oidc' : 'entra'),
    },
    {
      at: (run) => run.of('Application').length,
      is: ({ signIn }) => (signIn === 'create' ? 1 : 0),
    },
  ],
  clientId: [
    {
      at: variable('CLIENT_ID'),
      is: ({ clientId, signIn }) =>
        signIn === 'create' ? '11111111-0000-4000-8000-000000000000' : clientId,
    },
  ],
  tenantId: [
    {
      at: variable('TENANT_ID'),
      is: ({ tenantId, signIn }) =>
        signIn === 'oidc' ? undefined : (tenantId ?? '5c1a9a4e-0000-4000-8000-000000000002'),
    },
  ],
  identifierUris: [
    {
      at: (run) =>
        run
          .of('ApplicationIdentifierUri')
          .map((each) => each.inputs.identifierUri)
          .filter((uri) => !String(uri).startsWith('api://')),
      is: ({ hostname, identifierUris, signIn }) =>
        signIn === 'create' && hostname !== undefined
          ? [
              `https://${hostname}/mcp`,
              ...identifierUris.filter((uri) => uri !== `https://${hostname}/mcp`),
            ]
          : identifierUris,
    },
  ],
  createGroups: [
    {
      at: (run) => run.of('Group').length,
      is: ({ createGroups }) => (createGroups ? 3 : 0),
    },
  ],
  roleGroups: [
    {
      at: groupsWith,
      is: ({ roleGroups, createGroups }) =>
        [
          ...Object.values(roleGroups).flat(),
          ...(createGroups ? ['group-mcp.admin', 'group-mcp.engineer', 'group-mcp.reader'] : []),
        ].sort(),
    },
  ],
  oidcIssuer: [{ at: variable('OIDC_ISSUER'), is: ({ oidcIssuer }) => oidcIssuer }],
  oidcAudiences: [
    {
      at: variable('AUDIENCES'),
      is: ({ oidcAudiences }) => (oidcAudiences.length > 0 ? oidcAudiences.join() : undefined),
    },
  ],
  gatewaysMin: [
    { at: autoscaler('gateway', 'spec.minReplicas'), is: ({ gatewaysMin }) => gatewaysMin },
  ],
  gatewaysMax: [
    { at: autoscaler('gateway', 'spec.maxReplicas'), is: ({ gatewaysMax }) => gatewaysMax },
  ],
  routersMin: [
    { at: autoscaler('tool-router', 'spec.minReplicas'), is: ({ routersMin }) => routersMin },
  ],
  routersMax: [
    { at: autoscaler('tool-router', 'spec.maxReplicas'), is: ({ routersMax }) => routersMax },
  ],
  sampleServers: [
    {
      at: (run) => run.of('local:Command').some(({ name }) => name === 'mcp-example'),
      is: ({ sampleServers }) => sampleServers,
    },
  ],
  imageGeneration: [
    {
      at: (run) => (run.outputs.imageTags as Record<string, string>).gateway,
      is: ({ imageGeneration }) => contentTag(ROOT, IMAGES.gateway, imageGeneration),
    },
  ],
  allowedImages: [
    {
      at: variable('ALLOWED_IMAGES'),
      is: ({ allowedImages }) => (allowedImages.length > 0 ? allowedImages.join() : undefined),
    },
  ],
  trustedCertificates: [
    {
      at: (run) => run.of('core/v1:ConfigMap').map((each) => under(each, 'data')),
      is: ({ trustedCertificates: pem }) => (pem === undefined ? [] : [{ 'ca.pem': pem }]),
    },
    ...['gateway', 'tool-router'].map((service) => ({
      at: variable('NODE_EXTRA_CA_CERTS', service),
      is: ({ trustedCertificates: pem }: Settings) => pem && '/etc/mcp-gateway/certificates/ca.pem',
    })),
  ],
  keyGeneration: [
    {
      at: (run) =>
        run
          .of('RandomBytes')
          .map(({ name }) => name)
          .sort(),
      is: ({ keyGeneration }) =>
        [keyGeneration - 1, keyGeneration, keyGeneration + 1]
          .filter((each) => each > 0)
          .flatMap((each) => [`session-keys-${each}`, `gateway-secrets-${each}`])
          .sort(),
    },
  ],
  gatewaySettings: [
    {
      at: variable('LOG_LEVEL'),
      is: ({ gatewaySettings }) => gatewaySettings.LOG_LEVEL,
    },
    {
      at: (run) => at('core/v1:Secret', 'stringData.COSMOS_KEY', 'mcp-gateway-secret-gateway')(run),
      is: ({ gatewaySettings }) => gatewaySettings.COSMOS_KEY,
    },
  ],
  routerSettings: [
    {
      at: variable('LIST_MODE', 'tool-router'),
      is: ({ routerSettings }) => routerSettings.LIST_MODE,
    },
  ],
} as const satisfies Readonly<Record<string, readonly Reach[]>>;
