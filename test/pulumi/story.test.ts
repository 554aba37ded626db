import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Pod, V1Secret } from '@kubernetes/client-node';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { collectionPath, objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { fetch as fetchBy } from 'undici';
import { z } from 'zod';
import { GATEWAY_NAMESPACE, WORKLOAD_NAMESPACE } from '../../infra/service-accounts.ts';
import { allReady, control, mcpUrl, type Reached } from '../cluster/deployed/client.ts';
import { failures, tally, underLoad } from '../cluster/deployed/load.ts';
import { clusterHere, type Cluster } from '../cluster/support/cluster.ts';
import type { Caller } from '../cluster/support/companions.ts';
import { certificateKey, type VaultCertificate } from '../pipelines/stand-ins/az/deployment-commands.ts'; // prettier-ignore
import { visitByLegacySdk, visitByModernSdk, type Way } from '../support/clients.ts';
import { dockerHere } from '../support/docker.ts';
import { startEdge, type Edge } from './support/edge.ts';
import { pulumiHere } from './support/engine.ts';
import { prepareSurroundings, type Surroundings } from './support/surroundings.ts';

const pulumi = pulumiHere('the story of a deployment');
const cluster = pulumi === undefined ? undefined : await clusterHere();
const docker = cluster && (await dockerHere());
const VISITORS = { 'the 1.x SDK': visitByLegacySdk, 'the 2.x SDK': visitByModernSdk };
const UP = ['up', '--yes', '--skip-preview', '--policy-pack', 'infra/policy'];

const RBAC = 'rbac.authorization.k8s.io/v1';
const NETWORKING = 'networking.k8s.io/v1';
const MERGE = 'application/merge-patch+json';
const WEATHER = {
  name: 'weather',
  imageName: 'tool-example',
  toolDefinition: {
    tool: {
      name: 'weather',
      inputSchema: { type: 'object', properties: { location: { type: 'string' } } },
    },
  },
};

const EdgeProperties = z.object({
  backendAddressPools: z.tuple([
    z.object({ backendAddresses: z.tuple([z.object({ ipAddress: z.string() })]) }),
  ]),
  backendHttpSettingsCollection: z.tuple([z.object({ port: z.number() })]),
});

describe('the whole program, on a cluster', () => {
  if (pulumi !== undefined && cluster && docker) describeStory(pulumi, cluster);
  else test.skip('needs the Pulumi CLI, a cluster and a Docker engine', () => undefined);
});

/** One stack from nothing to nothing: each test goes on where the one before has left it. */
function describeStory(pulumi: string, cluster: Cluster): void {
  let around: Surroundings;
  let edge: Edge | undefined;
  let gateway: Reached;
  let prepared: Surroundings | undefined;
  beforeAll(async () => {
    around = prepared = await prepareSurroundings(pulumi, cluster);
    await around.stack.set(around.settings, around.secrets);
  });
  afterAll(async () => {
    await edge?.close();
    await prepared?.close();
    await cluster.api.close();
  });

  test('a preview from nothing plans all of it, and touches nothing', async () => {
    const steps = await plannedSteps();
    expect(steps.length).toBeGreaterThan(100);
    expect(steps.filter(({ op }) => op !== 'create')).toEqual([]);
    expect(around.stack.cloud()).toEqual([]);
    expect(around.az.calls).toEqual([]);
  });

  test('up makes all of it, and pods run what was built', async () => {
    await around.stack.succeed(...UP);
    const tags = (await around.stack.outputs()).imageTags as Record<string, string>;
    for (const name of ['gateway', 'tool-router']) {
      const built = around.imageOnNodes(name, tags[name] ?? '');
      expect(await runningImages(name)).toEqual(new Set([built]));
    }
  });

  test('the address that the stack tells leads to the gateway, past the edge', async () => {
    const outputs = await around.stack.outputs();
    edge = await startEdge(edgeConfiguration(String(outputs.vault)));
    const resource = `api://${String(outputs.clientId)}`;
    gateway = {
      origin: String(outputs.url),
      tokenOf: (caller) => around.companions.tokenOf(caller, resource),
      through: edge.way(),
    };
    expect(gateway.origin).toMatch(/^https:\/\/story[\w-]+\.westeurope\.cloudapp\.azure\.com$/);
    const { status } = await control(gateway, 'GET', '/adapters', { as: 'reader' });
    expect(status).toBe(200);
  });

  test('registering a server takes a role, and then the server runs', async () => {
    const tags = (await around.stack.outputs()).imageTags as Record<string, string>;
    const example = { name: 'example', imageName: 'mcp-example', imageVersion: tags['mcp-example'], replicaCount: 2, exposeTools: true }; // prettier-ignore
    const asked = (as: Caller) => control(gateway, 'POST', '/adapters', { as, body: example });
    expect((await asked('eve')).status).toBe(403);
    expect((await asked('reader')).status).toBe(403);
    expect(await asked('engineer')).toMatchObject({ status: 201 });
    const stranger = { ...gateway, tokenOf: () => Promise.resolve('a.b.c') };
    expect((await control(stranger, 'GET', '/adapters')).status).toBe(401);
    const root = { ...gateway, tokenOf: () => gateway.tokenOf('root') };
    await allReady(root, 'example', 2);
  });

  test.each(Object.entries(VISITORS))('%s calls the server', async (name, visit) => {
    const call = { name: 'echo', arguments: { message: name } };
    const { answer } = await visit(mcpUrl(gateway, 'example'), call, await way('reader'));
    expect(answer).toBe(name);
  });

  test('the tool router offers a registered tool and those of the server', async () => {
    const tags = (await around.stack.outputs()).imageTags as Record<string, string>;
    const body = { ...WEATHER, imageVersion: tags['tool-example'] };
    const { status } = await control(gateway, 'POST', '/tools', { as: 'engineer', body });
    expect(status).toBe(201);
    const toolsUrl = String((await around.stack.outputs()).toolsUrl);
    for (const visit of Object.values(VISITORS)) {
      const call = { name: 'weather', arguments: { location: 'Oslo' } };
      await eventually(120_000, async () => {
        const { tools, answer } = await visit(toolsUrl, call, await way('reader'));
        expect(tools).toEqual(expect.arrayContaining(['example_echo', 'weather']));
        expect(JSON.parse(String(answer))).toMatchObject({ location: 'Oslo' });
      });
      const echo = { name: 'example_echo', arguments: { message: 'hello' } };
      expect((await visit(toolsUrl, echo, await way('reader'))).answer).toBe('hello');
    }
    const nobody = await control(gateway, 'POST', '/mcp', { as: 'eve', body: {} });
    expect(nobody.status).toBe(403);
  });

  test('a second up has nothing to do, and the cloud is as the state says', async () => {
    await around.stack.succeed(...UP, '--expect-no-changes');
    await around.stack.succeed('refresh', '--yes', '--skip-preview', '--expect-no-changes');
  });

  test('what is secret is in the cluster, and neither in the state nor in what was said', async () => {
    const keys = await secretsOf('gateway');
    expect(Object.keys(keys).sort()).toEqual(['COSMOS_KEY', 'GATEWAY_SECRETS', 'SESSION_KEYS']);
    expect(await secretsOf('tool-router')).toEqual({ COSMOS_KEY: keys.COSMOS_KEY, GATEWAY_SECRETS: keys.GATEWAY_SECRETS }); // prettier-ignore
    const told = [around.stack.files(), ...around.said].join('\n');
    for (const secret of Object.values(keys).flatMap((list) => list.split(','))) {
      expect(secret.length).toBeGreaterThan(30);
      expect(told).not.toContain(secret);
    }
  });

  test('what somebody changed in the cluster is found by a refresh, and mended by the next up', async () => {
    const role = objectPath({ apiVersion: RBAC, kind: 'Role', namespace: WORKLOAD_NAMESPACE }, 'gateway'); // prettier-ignore
    const policy = objectPath({ apiVersion: NETWORKING, kind: 'NetworkPolicy', namespace: WORKLOAD_NAMESPACE }, 'closed'); // prettier-ignore
    const { rules } = await cluster.api.json<{ rules: object[] }>({ path: role });
    const more = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
    await cluster.api.json({ method: 'PATCH', path: role, contentType: MERGE, body: { rules: [...rules, more] } }); // prettier-ignore
    await cluster.api.json({ method: 'DELETE', path: policy });
    const found = await around.stack.run('refresh', '--preview-only', '--expect-no-changes');
    expect(found.status).not.toBe(0);
    expect(found.stdout).toMatch(/gateway/);
    await around.stack.succeed('refresh', '--yes', '--skip-preview');
    await around.stack.succeed(...UP);
    expect((await cluster.api.json<{ rules: object[] }>({ path: role })).rules).toEqual(rules);
    await cluster.api.json({ path: policy });
    await around.stack.succeed(...UP, '--expect-no-changes');
  });

  test('another image of the gateway takes the place of the old one while calls go on', async () => {
    const before = await runningImages('gateway');
    expect(before.size).toBe(1);
    appendFileSync(join(around.checkout, 'gateway/Dockerfile'), 'LABEL com.contoso.change="one"\n');
    const users = {
      ...gateway,
      tokenOf: () => gateway.tokenOf('reader'),
      connection: () => openEdge().way(),
    };
    const outcomes = await underLoad(users, 'example', async () => {
      await around.stack.succeed(...UP);
    });
    const after = await runningImages('gateway');
    expect(after.size).toBe(1);
    expect(after).not.toEqual(before);
    const broken = failures(outcomes);
    // This edge passes bytes: what an application gateway would send again, it cannot.
    expect(broken.filter(({ result }) => result !== 'UND_ERR_SOCKET')).toEqual([]);
    expect(broken.length).toBeLessThan(outcomes.length / 100);
    expect(outcomes.length).toBeGreaterThan(100);
    console.log(`image changed under load: ${JSON.stringify(tally(outcomes))}`);
  });

  test('destroy leaves nothing: not in the cloud, not in the cluster, not in the state', async () => {
    await around.stack.succeed('destroy', '--yes', '--skip-preview');
    expect(around.stack.cloud()).toEqual([]);
    expect(await around.stack.resources()).toEqual([]);
    for (const name of [GATEWAY_NAMESPACE, WORKLOAD_NAMESPACE]) {
      const path = `/api/v1/namespaces/${name}`;
      await expect(cluster.api.json({ path })).rejects.toMatchObject({ status: 404 });
    }
  });

  const openEdge = (): Edge => {
    if (edge === undefined) throw new Error('the edge is not there yet');
    return edge;
  };

  /** Of the pods that are not about to end. */
  async function runningImages(name: string): Promise<ReadonlySet<string>> {
    const path = collectionPath({ apiVersion: 'v1', kind: 'Pod', namespace: GATEWAY_NAMESPACE });
    const query = { labelSelector: `app.kubernetes.io/name=${name}` };
    const { items } = await cluster.api.json<{ items: Manifest<V1Pod>[] }>({ path, query });
    const left = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return new Set(left.map(({ spec }) => spec?.containers[0]?.image ?? ''));
  }

  const way = async (caller: Caller): Promise<Way> => {
    const byEdge = ((url: string, init: object) =>
      fetchBy(url, {
        ...init,
        ...(gateway.through && { dispatcher: gateway.through }),
      })) as unknown;
    const authorization = `Bearer ${await gateway.tokenOf(caller)}`;
    return { headers: { authorization }, fetch: byEdge as typeof fetch }; // undici's own types differ from the global ones
  };

  async function plannedSteps(): Promise<readonly { readonly op: string }[]> {
    const text = await around.stack.succeed('preview', '--json', '--policy-pack', 'infra/policy');
    return (JSON.parse(text) as { steps: { op: string }[] }).steps;
  }

  /** As the application gateway was told on paper, with the certificate that the vault has made. */
  function edgeConfiguration(vault: string) {
    const found = around.stack.cloud().find(({ type }) => type.endsWith(':ApplicationGateway'));
    const { backendAddressPools, backendHttpSettingsCollection } = EdgeProperties.parse(found?.properties); // prettier-ignore
    const { key, cert } = around.az.cloud.things[certificateKey(vault, 'gateway')] as unknown as VaultCertificate; // prettier-ignore
    const [{ backendAddresses: [{ ipAddress: address }] }] = backendAddressPools; // prettier-ignore
    const [{ port }] = backendHttpSettingsCollection;
    return { address, port, key, cert };
  }

  async function secretsOf(name: string): Promise<Readonly<Record<string, string>>> {
    const path = objectPath({ apiVersion: 'v1', kind: 'Secret', namespace: GATEWAY_NAMESPACE }, name); // prettier-ignore
    const { data = {} } = await cluster.api.json<Manifest<V1Secret>>({ path });
    return Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
    );
  }
}
