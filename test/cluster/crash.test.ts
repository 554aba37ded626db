import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { collectionPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { WORKLOAD_KINDS } from '@mcp-gateway/platform/kubernetes/workload-objects';
import { statusOf } from '../support/adapters.ts';
import { startCosmosServer, type CosmosServer } from '../support/cosmos.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { post } from '../support/mcp.ts';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';
import { IMAGES, loadImages } from './support/images.ts';

const SECOND = 1000;
const PATIENCE = 600 * SECOND;
const HOOK = new URL('./fixtures/crash-before-step.mjs', import.meta.url);
const NAME = 'crashed';
const PODS = { apiVersion: 'v1', kind: 'Pod' };
const cluster = await clusterHere();

interface Recorded {
  readonly replicaCount: number;
  readonly environmentVariables: { readonly VERSION: string };
}
type Set = Manifest<{
  spec: {
    replicas: number;
    template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
  };
}>;

if (cluster) {
  describe('a gateway that is killed before each of its steps', () => {
    let own = '';
    let workloads = '';
    let folder = '';
    let cosmos: CosmosServer;
    let gateway: RunningGateway;
    let versions = 0;
    const control = () => join(folder, 'crash-before-step');

    beforeAll(async () => {
      await loadImages('echo');
      own = await makeNamespace(cluster, 'crash');
      workloads = await makeNamespace(cluster, 'crashed');
      folder = await mkdtemp(join(tmpdir(), 'cluster-crash-'));
      cosmos = await startCosmosServer(['AdapterContainer', 'ToolContainer']);
      await writeFile(join(folder, 'ca.pem'), cosmos.certificate.cert);
      gateway = await start();
    }, PATIENCE);

    afterAll(async () => {
      await Promise.all([own, workloads].map((namespace) => dropNamespace(cluster, namespace)));
      await cluster.api.close();
      await cosmos.close();
      await gateway.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const start = () =>
      startGateway({
        env: {
          DATA_DIR: folder,
          KUBECONFIG: process.env.KUBECONFIG ?? '',
          WORKLOAD_NAMESPACE: workloads,
          POD_NAMESPACE: own,
          POD_NAME: 'gateway',
          COSMOS_ENDPOINT: cosmos.endpoint,
          COSMOS_KEY: cosmos.key,
          NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
          NODE_OPTIONS: `--import=${HOOK.href}`,
          CRASH_BEFORE_STEP: control(),
        },
      });

    const call = (method: string, path: string, body?: object) =>
      fetch(`${gateway.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const spec = (replicaCount: number) => {
      const image = { imageName: IMAGES.echo.name, imageVersion: IMAGES.echo.version };
      const environmentVariables = { VERSION: String(++versions) };
      return { name: NAME, ...image, replicaCount, environmentVariables };
    };
    const create = (replicas: number) => call('POST', '/adapters', spec(replicas));
    const scale = (replicas: number) => call('PUT', `/adapters/${NAME}`, spec(replicas));
    const remove = () => call('DELETE', `/adapters/${NAME}`);

    /** What the store says through the gateway. */
    async function recorded(): Promise<Recorded | undefined> {
      const answer = await call('GET', `/adapters/${NAME}`);
      if (answer.status === 404) return undefined;
      expect(answer.status).toBe(200);
      return (await answer.json()) as Recorded;
    }

    /** All objects of a kind in the namespace but what a namespace is born with. */
    async function objects<T extends Manifest>(kind: { apiVersion: string; kind: string }) {
      const path = collectionPath({ ...kind, namespace: workloads });
      return (await cluster!.api.json<{ items: readonly T[] }>({ path })).items;
    }

    /** Store and cluster want the same. */
    async function sameWish(): Promise<Recorded | undefined> {
      const record = await recorded();
      const [policies, services, budgets, sets] = await Promise.all(WORKLOAD_KINDS.map(objects));
      const one = record === undefined ? 0 : 1;
      expect([policies, services, sets].map((found) => found?.length)).toEqual([one, one, one]);
      expect(budgets).toHaveLength(record !== undefined && record.replicaCount > 1 ? 1 : 0);
      if (record === undefined) return undefined;
      const { replicas, template } = (sets as readonly Set[])[0]!.spec;
      const [container] = template.spec.containers;
      expect(replicas).toBe(record.replicaCount);
      expect(container?.env).toContainEqual({
        name: 'VERSION',
        value: record.environmentVariables.VERSION,
      });
      return record;
    }

    /** Store, cluster, pods and status tell the same. */
    async function agree(): Promise<Recorded | undefined> {
      const record = await sameWish();
      expect(await objects(PODS)).toHaveLength(record?.replicaCount ?? 0);
      if (record === undefined) return undefined;
      const status = await statusOf(gateway.url, NAME);
      expect(status).toMatchObject({
        readyReplicas: record.replicaCount,
        replicaStatus: 'Healthy',
      });
      expect((await post(`${gateway.url}/adapters/${NAME}/mcp`, {})).status).toBe(200);
      return record;
    }

    /**
     * Does `act` again and again, the gateway being killed before its first step, then its second, and so on, until
     * it gets through. After each kill a new gateway repairs what it finds; then `prepare` makes ready for the next.
     */
    async function throughAllSteps(
      act: () => Promise<Response>,
      {
        prepare,
        settled = agree,
        died,
        after,
      }: {
        readonly prepare: () => Promise<unknown>;
        readonly settled?: typeof agree;
        readonly died?: () => Promise<void>;
        readonly after?: (record: Recorded | undefined) => void;
      },
    ): Promise<number> {
      for (let step = 1; ; step++) {
        await prepare();
        writeFileSync(control(), String(step));
        const answer = await act().catch(() => undefined);
        rmSync(control());
        if (answer !== undefined) {
          expect(answer.status).toBeLessThan(300);
          await eventually(90 * SECOND, agree);
          return step - 1;
        }
        await gateway.kill(); // has happened already
        await died?.();
        gateway = await start();
        const record = await eventually(90 * SECOND, settled);
        after?.(record);
      }
    }

    test(
      'leaves no orphan of a creation',
      async () => {
        const steps = await throughAllSteps(() => create(2), {
          prepare: async () => (await recorded()) && expect((await remove()).status).toBe(204),
          after: (record) => expect(record?.environmentVariables.VERSION ?? String(versions)).toBe(String(versions)), // prettier-ignore
        });
        expect(steps).toBeGreaterThanOrEqual(5); // the record, and four objects
      },
      PATIENCE,
    );

    test.each([1, 2])(
      'runs what it says after a change to %i replicas',
      async (count) => {
        const other = 3 - count;
        const steps = await throughAllSteps(() => scale(count), {
          prepare: async () =>
            expect((await ((await recorded()) ? scale(other) : create(other))).ok).toBe(true),
          settled: sameWish, // a replica that goes drains for its time, so pods are counted at the end alone
          after: (record) => expect([count, other]).toContain(record?.replicaCount),
        });
        expect(steps).toBeGreaterThanOrEqual(5);
      },
      PATIENCE,
    );

    test(
      'finishes a deletion that had begun',
      async () => {
        // The name is free once the record is gone, which is the last step of a deletion.
        const createAnew = async () => expect((await create(2)).status).toBe(201);
        let begun = false;
        const steps = await throughAllSteps(remove, {
          prepare: async () => (await recorded()) ?? (await eventually(60 * SECOND, createAnew)),
          died: async () => {
            const record = await cosmos.read('AdapterContainer', NAME);
            begun = record === undefined || record.deletedAt !== undefined;
          },
          after: (record) => expect(record === undefined).toBe(begun),
        });
        expect(steps).toBeGreaterThanOrEqual(6); // the mark, four objects, the record, and each pod
      },
      PATIENCE,
    );
  });
} else {
  describe('a gateway that is killed', () => test.skip('needs a cluster', () => undefined));
}
