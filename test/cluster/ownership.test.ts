import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { manifests } from '@mcp-gateway/platform/kubernetes/manifests';
import { objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { WORKLOAD_DEFAULTS } from '@mcp-gateway/platform/kubernetes/workload-settings';
import { clusterHere, dropNamespace, makeNamespace, putObjects } from './support/cluster.ts';
import { loadImages } from './support/images.ts';
import { echo, orchestratorOn, type ClusterOrchestrator } from './support/workloads.ts';

const SECOND = 1000;
const cluster = await clusterHere();

if (cluster) {
  describe('objects in a cluster', () => {
    let namespace = '';
    let orchestrator: ClusterOrchestrator;
    beforeAll(async () => {
      await loadImages('echo', 'crashing');
      namespace = await makeNamespace(cluster, 'owned');
      orchestrator = await orchestratorOn(cluster, namespace);
    });
    afterAll(async () => {
      await orchestrator.close();
      await dropNamespace(cluster, namespace);
      await cluster.api.close();
    });

    const at = (apiVersion: string, kind: string, name: string) =>
      objectPath({ apiVersion, kind, namespace }, name);
    const ready = (workload: Workload) =>
      eventually(60 * SECOND, async () => {
        const { replicaStatus, updatedReplicas } = await orchestrator.status(workload);
        expect([replicaStatus, updatedReplicas]).toEqual(['Healthy', workload.replicas]);
        expect(orchestrator.endpoints.of(workload)).toHaveLength(workload.replicas);
      });
    const conditions = (workload: Workload, expected: object) =>
      eventually(60 * SECOND, async () =>
        expect((await orchestrator.status(workload)).conditions).toContainEqual(
          expect.objectContaining(expected),
        ),
      );

    test('that somebody else made are neither taken over nor touched nor removed', async () => {
      const spec = { clusterIP: 'None', selector: { app: 'theirs' }, ports: [{ port: 80 }] };
      const metadata = { name: 'adapter-foreign', namespace };
      await putObjects(cluster, [{ apiVersion: 'v1', kind: 'Service', metadata, spec } as never]); // of no kind that the types know
      const before = await cluster.api.json({ path: at('v1', 'Service', 'adapter-foreign') });
      for (const work of [orchestrator.check, orchestrator.apply])
        await expect(work(echo('foreign'))).rejects.toMatchObject({ code: 'conflict' });
      await orchestrator.remove(echo('foreign'));
      expect(await cluster.api.json({ path: at('v1', 'Service', 'adapter-foreign') })).toEqual(before); // prettier-ignore
      expect(await orchestrator.list()).toEqual([]);
    });

    test('that carry our labels, but name another owner, are foreign, too', async () => {
      const settings = { ...WORKLOAD_DEFAULTS, namespace, callers: [] };
      const [policy] = manifests(echo('disguised'), settings);
      const annotations = { 'mcp-gateway/owner': 'tool/disguised' };
      await putObjects(cluster, [{ ...policy!, metadata: { ...policy!.metadata, annotations } }]);
      await expect(orchestrator.apply(echo('disguised'))).rejects.toMatchObject({ code: 'conflict' }); // prettier-ignore
      expect(await orchestrator.list()).toEqual([]);
    });

    test('that a crash left half-made are listed, finished by applying and cleared by removing', async () => {
      const settings = { ...WORKLOAD_DEFAULTS, namespace, callers: [] };
      for (const count of [1, 2]) {
        await putObjects(cluster, manifests(echo('half'), settings).slice(0, count));
        expect(await orchestrator.list()).toEqual([{ kind: 'adapter', name: 'half' }]);
        await orchestrator.remove(echo('half'));
        expect(await orchestrator.list()).toEqual([]);
      }
      await putObjects(cluster, manifests(echo('half'), settings).slice(0, 1));
      await orchestrator.apply(echo('half'));
      await ready(echo('half'));
      await orchestrator.remove(echo('half'));
    });

    test('come back to what is wanted when somebody has changed or deleted them', async () => {
      const spec = echo('drift', { environment: { A: '1' } });
      await orchestrator.apply(spec);
      await ready(spec);
      const path = at('apps/v1', 'StatefulSet', 'adapter-drift');
      await cluster.api.json({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body: { spec: { replicas: 3 } },
      });
      await cluster.api.json({ method: 'DELETE', path: at('v1', 'Service', 'adapter-drift') });
      await orchestrator.apply(spec);
      expect(await cluster.api.json({ path })).toMatchObject({ spec: { replicas: 1 } });
      await cluster.api.json({ path: at('v1', 'Service', 'adapter-drift') });
      await orchestrator.remove(spec);
    });

    test('change their service account and token with workload identity, both ways', async () => {
      await putObjects(cluster, [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'workload-sa', namespace } },
      ]);
      const path = at('v1', 'Pod', 'adapter-identity-0');
      for (const useWorkloadIdentity of [false, true, false]) {
        const spec = echo('identity', { useWorkloadIdentity });
        await orchestrator.apply(spec);
        await ready(spec);
        expect(await cluster.api.json({ path })).toMatchObject({
          spec: {
            serviceAccountName: useWorkloadIdentity ? 'workload-sa' : 'default',
            automountServiceAccountToken: useWorkloadIdentity,
          },
        });
      }
      await orchestrator.remove(echo('identity'));
    });

    test('of two creators at once are the same objects', async () => {
      const other = await orchestratorOn(cluster, namespace);
      const spec = echo('twice', { replicas: 2 });
      await Promise.all([orchestrator.apply(spec), other.apply(spec), orchestrator.apply(spec)]);
      await ready(spec);
      // Each watches the cluster on its own, so one may know of a replica a moment before the other.
      await eventually(20 * SECOND, () => {
        expect(orchestrator.endpoints.of(spec)).toHaveLength(2);
        expect(other.endpoints.of(spec)).toEqual(orchestrator.endpoints.of(spec));
      });
      await Promise.all([orchestrator.remove(spec), other.remove(spec)]);
      await other.close();
    });

    test('tell which secret is missing, and serve once it is there', async () => {
      const spec = echo('secretive', { secretEnvironment: { TOKEN: 'vault/token' } });
      await orchestrator.apply(spec);
      await conditions(spec, {
        reason: 'SecretNotFound',
        message: expect.stringContaining('"vault"'),
        instance: 'adapter-secretive-0',
      });
      const metadata = { name: 'vault', namespace };
      await putObjects(cluster, [{ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token: 'hush' } } as never]); // prettier-ignore
      await ready(spec);
      const [endpoint] = orchestrator.endpoints.of(spec);
      const environment: unknown = await (await fetch(`${endpoint?.origin}/environment`)).json();
      expect(environment).toMatchObject({ TOKEN: 'hush' });
      await orchestrator.remove(spec);
    });

    test('tell why an image cannot be pulled and why no node takes a replica', async () => {
      const unknown = echo('unknown', { image: { name: 'nobody/made-this', version: '1' } });
      await orchestrator.apply(unknown);
      await conditions(unknown, { reason: expect.stringMatching(/^(ErrImagePull|ImagePullBackOff)$/), message: expect.stringContaining('nobody/made-this:1') }); // prettier-ignore
      const giant = echo('giant', { resources: { requests: { memory: '900Gi' } } });
      await orchestrator.apply(giant);
      await conditions(giant, { reason: 'Unschedulable', message: expect.stringContaining('Insufficient memory') }); // prettier-ignore
      await Promise.all([orchestrator.remove(unknown), orchestrator.remove(giant)]);
    });

    test('that admission refuses are told in its words', async () => {
      const resources = { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } };
      await expect(orchestrator.check(echo('absurd', { resources }))).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('must be less than or equal to memory limit'),
      });
      const metadata = { name: 'small', namespace };
      const hard = { 'count/statefulsets.apps': '0' };
      await putObjects(cluster, [{ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } } as never]); // prettier-ignore
      const path = at('v1', 'ResourceQuota', 'small');
      await eventually(20 * SECOND, async () =>
        expect(await cluster.api.json({ path })).toMatchObject({ status: { hard } }),
      );
      await expect(orchestrator.apply(echo('more'))).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('exceeded quota'),
      });
      await cluster.api.json({ method: 'DELETE', path });
      await orchestrator.remove(echo('more'));
      expect(await orchestrator.list()).toEqual([]);
    });
  });
} else {
  describe('objects in a cluster', () => test.skip('needs a cluster', () => undefined));
}
