import { randomBytes, randomUUID } from 'node:crypto';
import { hasStatus } from '@mcp-gateway/platform/kubernetes/api-error';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { GATEWAY_NAMESPACE, WORKLOAD_NAMESPACE } from '../../../infra/service-accounts.ts';
import { dropNamespace, makeNamespace, type Cluster } from '../../cluster/support/cluster.ts';
import { loadCompanions, startCompanions, type Companions } from '../../cluster/support/companions.ts'; // prettier-ignore
import { standInAz, type StandInAz } from '../../pipelines/stand-ins/az/stand-in.ts';
import { workplace } from '../../pipelines/support/scripts.ts';
import { startPushRegistry } from '../../support/push-registry.ts';
import { copyCheckout } from './checkout.ts';
import { startEngine } from './engine.ts';
import { imageBuilder } from './image-builder.ts';
import { mirrorRegistry } from './registry-mirror.ts';
import { makeStack, type TestStack } from './stack.ts';

const NAMESPACES = [GATEWAY_NAMESPACE, WORKLOAD_NAMESPACE];

/** What the program finds around it: this machine's cluster in the part of AKS, Docker in that of the registry's builder. */
export interface Surroundings {
  readonly stack: TestStack;
  /** All that the engine has said. */
  readonly said: readonly string[];
  /** Where the program's sources are, which a test may change. */
  readonly checkout: string;
  readonly az: StandInAz;
  readonly companions: Companions;
  /** As which nodes have an image that was built, by its digest. */
  readonly imageOnNodes: (repository: string, tag: string) => string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** Prepares all of it, for a stack of which nothing is there. Throws where a gateway is deployed already. */
export async function prepareSurroundings(pulumi: string, cluster: Cluster): Promise<Surroundings> {
  for (const name of NAMESPACES) await assertAbsent(cluster, name);
  const ends: (() => unknown)[] = [() => dropDeployment(cluster)];
  const close = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    return { ...(await prepared(pulumi, cluster, ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function prepared(pulumi: string, cluster: Cluster, ends: (() => unknown)[]) {
  const label = `story${randomBytes(3).toString('hex')}`;
  const tenant = randomUUID();
  const checkout = copyCheckout();
  ends.push(checkout.drop);
  const registry = await startPushRegistry();
  ends.push(registry.close);
  const builder = imageBuilder(registry, checkout.folder);
  ends.push(builder.drop);
  const az = await standInAz(builder);
  ends.push(az.close);
  const place = workplace();
  ends.push(place.drop);
  place.standIn('az', az.script);

  await loadCompanions();
  const beside = await makeNamespace(cluster, 'beside');
  ends.push(() => dropNamespace(cluster, beside));
  const companions = await startCompanions(cluster, beside, tenant);
  ends.push(companions.close);
  const mirrored = { registry: `mgreg${label}.azurecr.io`, mirror: registry.host, namespaces: NAMESPACES }; // prettier-ignore
  ends.push(await mirrorRegistry(cluster, mirrored));

  const engine = startEngine(pulumi, {
    checkout: checkout.folder,
    environment: {
      PATH: `${place.folder}/bin`,
      ARM_TENANT_ID: tenant,
      PAPER_CLOUD_KUBECONFIG: process.env.KUBECONFIG,
      PAPER_CLOUD_LOAD_BALANCER: 'true',
    },
  });
  ends.push(engine.drop);
  const { cosmos, authority, certificate } = companions;
  const store = { COSMOS_ENDPOINT: cosmos.endpoint, COSMOS_KEY: cosmos.key };
  return {
    stack: await makeStack(engine, 'test'),
    said: engine.said,
    checkout: checkout.folder,
    az,
    companions,
    imageOnNodes: (repository: string, tag: string) => `${registry.host}/${repository}@${registry.digestOf(repository, tag)}`, // prettier-ignore
    settings: {
      profile: 'dev',
      label,
      location: 'westeurope',
      serviceAddresses: process.env.CLUSTER_SERVICE_ADDRESSES ?? '10.96.0.0/16', // as kubeadm and kind have them
      // What is beside is reached as what is public is, so it is not of the ranges that are the cluster's own.
      podAddresses: '10.245.0.0/16',
      gatewaysMin: '2',
      trustedCertificates: certificate,
    },
    secrets: {
      gatewaySettings: JSON.stringify({ ...store, AUTHORITY: authority }),
      routerSettings: JSON.stringify(store),
    },
  };
}

/** The program's namespaces have the names that they have for users; what is there may be somebody's. */
async function assertAbsent({ api }: Cluster, name: string): Promise<void> {
  const found = await api.json({ path: `/api/v1/namespaces/${name}` }).catch((error: unknown) => {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  });
  if (found !== undefined) {
    throw new Error(
      `the cluster has a namespace ${name}: remove what is deployed there, if it may go`,
    );
  }
}

/** Removes what a failed deployment has left; before it nothing was there. */
async function dropDeployment(cluster: Cluster): Promise<void> {
  for (const name of NAMESPACES) await dropNamespace(cluster, name);
  await eventually(120_000, async () => {
    for (const name of NAMESPACES) await assertAbsent(cluster, name);
  });
}
