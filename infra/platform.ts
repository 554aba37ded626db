import * as authorization from '@pulumi/azure-native/authorization/index.js';
import * as resources from '@pulumi/azure-native/resources/index.js';
import * as pulumi from '@pulumi/pulumi';
import { cloud, type Cloud } from './cloud.ts';
import { Workloads } from './components/workloads.ts';
import { contentRevision } from './content-revision.ts';
import { DATABASE } from './components/database.ts';
import { costTable, monthlyCost } from './cost.ts';
import { mcpJson } from './mcp-json.ts';
import { resourceNames } from './naming.ts';
import { Keys } from './components/keys.ts';
import { tagsOf, type Site } from './site.ts';
import { GATEWAY_NAMESPACE, WORKLOAD_NAMESPACE } from './service-accounts.ts';
import type { Settings } from './profiles.ts';

/** Makes everything that the settings ask for, and tells what people and other programs need to know of it. */
export function platform(settings: Settings, root: string) {
  const site = siteOf(settings);
  const parts = cloud(site, root);
  const scheme = settings.tls === 'none' ? 'http' : 'https';
  const origin = pulumi.interpolate`${scheme}://${parts.publicAddress.host}`;
  workloads(site, parts, origin);
  return outputs(site, parts, origin);
}

function siteOf(settings: Settings): Site {
  const names = resourceNames(settings.label);
  const deployer = authorization.getClientConfigOutput();
  const tags = tagsOf(settings);
  const resourceGroupName =
    settings.resourceGroup ??
    new resources.ResourceGroup('platform', {
      resourceGroupName: names.resourceGroup,
      location: settings.location,
      tags,
    }).name;
  const { subscriptionId, tenantId } = deployer;
  return { settings, names, resourceGroupName, subscriptionId, tenantId };
}

function workloads({ settings, tenantId }: Site, parts: Cloud, origin: pulumi.Output<string>) {
  const sessionKeys = new Keys('session-keys', settings.keyGeneration).list;
  const gatewaySecrets = new Keys('gateway-secrets', settings.keyGeneration).list;
  const { identities, images, registry, database, cluster } = parts;
  return new Workloads('platform', {
    settings,
    clusterId: cluster.id,
    kubeconfig: cluster.kubeconfig,
    later: {
      origin,
      tenantId: settings.tenantId ?? tenantId,
      clientId: parts.clientId,
      databaseEndpoint: database.endpoint,
      database: DATABASE,
      registry: registry.loginServer,
      gatewayImage: images.reference('gateway'),
      routerImage: images.reference('tool-router'),
      gatewayIdentity: identities.of.gateway.clientId,
      routerIdentity: identities.of.router.clientId,
      workloadIdentity: identities.of.workload.clientId,
      sessionKeys,
      gatewaySecrets,
      secretsRevision: contentRevision([sessionKeys, gatewaySecrets], settings),
    },
    after: [...cluster.ready, ...database.ready, ...parts.trust, ...parts.privateAccess],
  });
}

/** Nothing here is secret. */
function outputs({ settings, names, ...site }: Site, parts: Cloud, origin: pulumi.Output<string>) {
  return {
    url: origin,
    toolsUrl: pulumi.interpolate`${origin}/mcp`,
    adaptersUrl: pulumi.interpolate`${origin}/adapters`,
    mcpJson: origin.apply((url) => mcpJson(settings.label, url)),
    publicAddress: parts.publicAddress.address,
    fqdn: parts.publicAddress.fqdn,
    resourceGroup: pulumi.output(site.resourceGroupName),
    cluster: parts.cluster.name,
    namespaces: { gateway: GATEWAY_NAMESPACE, servers: WORKLOAD_NAMESPACE },
    registry: parts.registry.loginServer,
    imageTags: parts.images.tags,
    database: names.database,
    databaseEndpoint: parts.database.endpoint,
    vault: parts.vault.name,
    tenantId: pulumi.output(settings.tenantId ?? site.tenantId),
    clientId: parts.clientId,
    gatewayIdentityClientId: parts.identities.of.gateway.clientId,
    workloadIdentityClientId: parts.identities.of.workload.clientId,
    monthlyDollars: costTable(monthlyCost(settings)),
  };
}
