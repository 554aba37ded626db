import * as pulumi from '@pulumi/pulumi';
import { Cluster } from './components/cluster.ts';
import { Database } from './components/database.ts';
import { Edge } from './components/edge.ts';
import { Entra } from './components/entra.ts';
import { Identities } from './components/identities.ts';
import { Images } from './components/images.ts';
import { Network } from './components/network.ts';
import { Observability } from './components/observability.ts';
import { PrivateAccess } from './components/private-access.ts';
import { PublicAddress } from './components/public-address.ts';
import { Registry } from './components/registry.ts';
import { Vault } from './components/vault.ts';
import { Watch } from './components/watch.ts';
import type { Site } from './site.ts';

/** What the cloud is made of, as far as others refer to it. */
export type Cloud = ReturnType<typeof cloud>;

/** Makes everything outside of the cluster, and the cluster itself. */
export function cloud(site: Site, root: string) {
  const network = new Network('platform', site);
  const observability = new Observability('platform', site);
  const { workspaceId, actionGroupId } = observability;
  const registry = new Registry('platform', site);
  const identities = new Identities('platform', site);
  const database = new Database('platform', {
    site,
    writer: identities.of.gateway.principalId,
    reader: identities.of.router.principalId,
  });
  const publicAddress = new PublicAddress('platform', site);
  const vault = new Vault('platform', { site, host: publicAddress.host });
  const { nodes, loadBalancer, builds } = network.subnets;
  const cluster = new Cluster('platform', {
    site,
    nodesSubnetId: nodes.id,
    loadBalancerSubnetId: loadBalancer.id,
    registryId: registry.id,
    workspaceId,
  });
  const edge = new Edge('platform', {
    site,
    publicAddressId: publicAddress.id,
    host: publicAddress.host,
    subnetId: network.subnets.edge.id,
    gatewayAddress: network.plan.gatewayAddress,
    certificate: vault.certificate,
  });
  const doors = privateAccess(site, network, { registry, database, vault });
  new Watch('platform', {
    site,
    workspaceId,
    actionGroupId,
    clusterName: cluster.name,
    ids: {
      edge: edge.id,
      cluster: cluster.id,
      database: database.id,
      registry: registry.id,
      vault: vault.id,
    },
  });
  return {
    publicAddress,
    vault,
    registry,
    database,
    identities,
    cluster,
    clientId: clientId(site),
    trust: identities.trust(cluster.issuer),
    privateAccess: doors,
    images: new Images('platform', {
      site,
      root,
      registryName: registry.name,
      loginServer: registry.loginServer,
      buildsSubnetId: builds.id,
      after: doors.filter(({ kind }) => kind === 'registry'),
    }),
  };
}

/** Of the application that callers sign in to; empty where another issuer vouches for them. */
function clientId(site: Site): pulumi.Output<string> {
  const { signIn, clientId: existing = '' } = site.settings;
  return signIn === 'create' ? new Entra('platform', site).clientId : pulumi.output(existing);
}

function privateAccess(
  site: Site,
  network: Network,
  targets: Readonly<
    Record<'registry' | 'database' | 'vault', { readonly id: pulumi.Output<string> }>
  >,
): readonly PrivateAccess[] {
  if (!site.settings.privateEndpoints) return [];
  const place = { networkId: network.id, subnetId: network.subnets.endpoints.id };
  return (['registry', 'database', 'vault'] as const).map(
    (kind) => new PrivateAccess(kind, { site, kind, targetId: targets[kind].id, ...place }),
  );
}
