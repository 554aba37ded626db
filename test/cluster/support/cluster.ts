import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { apiClient, type ApiClient } from '@mcp-gateway/platform/kubernetes/api-client';
import { hasStatus } from '@mcp-gateway/platform/kubernetes/api-error';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { eventually } from '@mcp-gateway/core/testing/eventually';

/** The cluster that KUBECONFIG names. */
export interface Cluster {
  readonly config: KubeConfig;
  readonly api: ApiClient;
}

/** The cluster to test on; undefined, with the reason printed, where none answers. */
export async function clusterHere(): Promise<Cluster | undefined> {
  if (!process.env.KUBECONFIG) {
    console.warn('skipped: KUBECONFIG names no cluster to test on');
    return undefined;
  }
  const config = new KubeConfig();
  config.loadFromDefault();
  const api = apiClient(config);
  try {
    await api.json({ path: '/version' });
    return { config, api };
  } catch (error) {
    await api.close();
    console.warn(`skipped: the cluster of KUBECONFIG does not answer (${String(error)})`);
    return undefined;
  }
}

/** Makes a namespace that admits only pods of the restricted standard; resolves with its name. */
export async function makeNamespace({ api }: Cluster, purpose: string): Promise<string> {
  const name = `mcp-test-${purpose}-${randomBytes(3).toString('hex')}`;
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await api.json({ method: 'POST', path: '/api/v1/namespaces', body });
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await eventually(30_000, () => api.json({ path: account }));
  return name;
}

/** Deletes a namespace with all that is in it, without waiting for the end of that. */
export async function dropNamespace({ api }: Cluster, name: string): Promise<void> {
  await api
    .json({ method: 'DELETE', path: `/api/v1/namespaces/${name}` })
    .catch((error: unknown) => {
      if (!hasStatus(error, 404, 409)) throw error;
    });
}

/** Creates or replaces objects as they are. */
export async function putObjects({ api }: Cluster, objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    const { name, namespace = '' } = object.metadata;
    const collection = { apiVersion: object.apiVersion, kind: object.kind, namespace };
    const path = namespace === '' ? `/api/v1/namespaces/${name}` : objectPath(collection, name);
    await api.json({
      method: 'PATCH',
      path,
      query: { fieldManager: 'mcp-gateway-test', force: true },
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
  }
}

/** A configuration that acts as a service account, by a token of its own. */
export async function actingAs(
  { api, config }: Cluster,
  namespace: string,
  account: string,
): Promise<KubeConfig> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the configuration names a cluster');
  const answer = await api.json<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }, // prettier-ignore
  });
  const acting = new KubeConfig();
  acting.loadFromClusterAndUser(cluster, { name: account, token: answer.status.token });
  return acting;
}
