import { randomBytes, randomInt } from 'node:crypto';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { buildConnector, Agent as Dispatcher } from 'undici';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { collectionPath, objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { dropNamespace, makeNamespace, putObjects, type Cluster } from './cluster.ts';
import { loadCompanions, startCompanions, type Companions } from './companions.ts';
import { REPLICAS, stackObjects, type StackSecrets } from './stack-objects.ts';
import { loadProductImages } from './product-images.ts';

const PORT = 8000;
/** Where NodePorts answer: this machine, as the cluster of CI and kind with a port mapping have it. */
const NODE_HOST = process.env.CLUSTER_NODE_HOST ?? '127.0.0.1';

type Pod = Manifest<V1Pod>;
type Service = 'gateway' | 'tool-router';

/** The gateway as platform teams run it: equal replicas behind a Service, the tool router, Cosmos DB and an issuer of tokens beside. */
export interface Deployment extends Pick<Companions, 'tokenOf' | 'cosmosDo'> {
  /** The Service, by a port of the node. */
  readonly origin: string;
  readonly namespace: string;
  readonly workloads: string;
  readonly cluster: Cluster;
  readonly api: Cluster['api'];
  readonly store: Companions['cosmos'];
  /** What nobody but the gateway and the router may ever see, as it is now. */
  readonly secrets: () => StackSecrets;
  /** Deploys anew with other secrets, which changes every replica. */
  readonly rotate: (change: Partial<StackSecrets>) => Promise<void>;
  /** The pods of the gateway, or of another service, that are ready, by name. */
  readonly pods: (service?: Service) => Promise<readonly Pod[]>;
  /** Leads requests for the Service to one replica. */
  readonly only: (pod: Pod) => Dispatcher;
  /** Waits until as many replicas as wanted are ready and none other is left. */
  readonly settled: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Deploys it from the manifests that a real deployment uses; resolves when all replicas are ready. */
export async function deploy(cluster: Cluster): Promise<Deployment> {
  await Promise.all([
    loadProductImages('gateway', 'tool-router', 'mcp-example', 'mcp-proxy', 'tool-example'),
    loadCompanions(),
  ]);
  const beside = await makeNamespace(cluster, 'beside');
  const suffix = randomBytes(3).toString('hex');
  const [namespace, workloads] = [`mcp-test-platform-${suffix}`, `mcp-test-servers-${suffix}`];
  const companions = await startCompanions(cluster, beside);
  const nodePort = randomInt(30_000, 32_768);
  const origin = `http://${NODE_HOST}:${nodePort}`;
  const stack = { namespace, workloads, nodePort, origin, companions };
  // As the Pulumi program makes them: the one in use, and the next one.
  let secrets: StackSecrets = { sessionKeys: newKey(), gatewaySecrets: `${newKey()},${newKey()}` };
  await putObjects(cluster, stackObjects(stack, secrets));
  const dispatchers: Dispatcher[] = [];
  const { api } = cluster;

  const all = async (service: Service): Promise<readonly Pod[]> => {
    const path = collectionPath({ apiVersion: 'v1', kind: 'Pod', namespace });
    const query = { labelSelector: `app.kubernetes.io/name=${service}` };
    return (await api.json<{ items: Pod[] }>({ path, query })).items;
  };
  const settledService = (service: Service): Promise<void> =>
    eventually(150_000, async () => {
      const path = objectPath({ apiVersion: 'apps/v1', kind: 'Deployment', namespace }, service);
      const { status, metadata } = await api.json<Manifest<V1Deployment>>({ path });
      const seen = status?.observedGeneration === metadata.generation;
      const counts = [status?.updatedReplicas, status?.readyReplicas, (await all(service)).length];
      if (!seen || counts.some((count) => count !== REPLICAS)) throw new Error(`the ${service} has ${counts.join(', ')} replicas`); // prettier-ignore
    });
  const settled = async (): Promise<void> => {
    await Promise.all([settledService('gateway'), settledService('tool-router')]);
  };
  await settled();

  return {
    ...companions,
    origin,
    namespace,
    workloads,
    cluster,
    api,
    store: companions.cosmos,
    secrets: () => secrets,
    rotate: async (change) => {
      secrets = { ...secrets, ...change };
      await putObjects(cluster, stackObjects(stack, secrets));
    },
    pods: async (service = 'gateway') => (await all(service)).filter(isReady),
    only: (pod) => {
      const dispatcher = leadingTo(pod.status?.podIP ?? '');
      dispatchers.push(dispatcher);
      return dispatcher;
    },
    settled,
    remove: async () => {
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.close()));
      await companions.close();
      for (const name of [workloads, namespace, beside]) await dropNamespace(cluster, name);
    },
  };
}

/** A key as deployments make them. */
export const newKey = (): string => randomBytes(32).toString('base64');

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'); // prettier-ignore
  return ready === true && metadata.deletionTimestamp === undefined;
}

/** The request says the Service's host, as the gateway wants it; the connection goes to the replica. */
function leadingTo(address: string): Dispatcher {
  const connect = buildConnector({});
  return new Dispatcher({
    connect: (options, callback) =>
      connect({ ...options, hostname: address, host: address, port: String(PORT) }, callback),
  });
}
