import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';
import { component, hasComponents } from './support/component.ts';
import { loadImages } from './support/images.ts';
import { echo, orchestratorOn, type ClusterOrchestrator } from './support/workloads.ts';

const SECOND = 1000;
const cluster = hasComponents ? await clusterHere() : undefined;

if (cluster) {
  describe('an orchestrator whose API server is away', () => {
    let namespace = '';
    let orchestrator: ClusterOrchestrator;
    const spec = echo('steady', { replicas: 2 });
    beforeAll(async () => {
      await loadImages('echo');
      namespace = await makeNamespace(cluster, 'outage');
      orchestrator = await orchestratorOn(cluster, namespace);
      await orchestrator.apply(spec);
      await eventually(60 * SECOND, () => expect(orchestrator.endpoints.of(spec)).toHaveLength(2));
    });
    afterEach(async () => {
      await component('resume', 'apiserver').catch(() => undefined);
      await component('start', 'apiserver').catch(() => undefined);
    });
    afterAll(async () => {
      await orchestrator.close();
      await eventually(60 * SECOND, () => dropNamespace(cluster, namespace));
      await cluster.api.close();
    });

    /** Ends one replica's process; the kubelet starts it again by itself. */
    async function endOne(): Promise<string> {
      const [endpoint] = orchestrator.endpoints.of(spec);
      await fetch(`${endpoint?.origin}/exit?code=1`);
      return endpoint?.uid ?? '';
    }
    const backWithout = (uid: string) => () => {
      const uids = orchestrator.endpoints.of(spec).map((endpoint) => endpoint.uid);
      expect(uids).toHaveLength(2);
      expect(uids).not.toContain(uid);
    };

    test('knows its endpoints while it is killed, and what happened meanwhile once it is back', async () => {
      const before = orchestrator.endpoints.of(spec);
      await component('kill', 'apiserver');
      await expect(orchestrator.apply(spec)).rejects.toMatchObject({
        name: 'GatewayError',
        code: 'unavailable',
        retryAfterSeconds: 5,
      });
      expect(orchestrator.endpoints.of(spec)).toEqual(before);
      expect((await orchestrator.status(spec)).replicaStatus).toBe('Healthy');
      const gone = await endOne();
      await component('start', 'apiserver');
      await eventually(30 * SECOND, backWithout(gone));
    });

    test('knows its endpoints while it hangs, answers in time that it does not, and goes on afterwards', async () => {
      const before = orchestrator.endpoints.of(spec);
      await component('hang', 'apiserver');
      const since = performance.now();
      await expect(orchestrator.apply(spec)).rejects.toMatchObject({ name: 'GatewayError', code: 'upstream_timeout' }); // prettier-ignore
      expect(performance.now() - since).toBeLessThan(20 * SECOND);
      expect(orchestrator.endpoints.of(spec)).toEqual(before);
      await component('resume', 'apiserver');
      const gone = await endOne();
      await eventually(60 * SECOND, backWithout(gone));
      await orchestrator.apply(spec);
    });

    test('learns of changes within seconds, also when the server forgot where its watches were', async () => {
      await component('kill', 'apiserver');
      await component('kill', 'etcd');
      await component('start', 'etcd');
      await component('start', 'apiserver');
      await eventually(60 * SECOND, () => orchestrator.apply({ ...spec, replicas: 3 }));
      await eventually(60 * SECOND, () => expect(orchestrator.endpoints.of(spec)).toHaveLength(3));
      await orchestrator.remove(spec);
      expect(orchestrator.endpoints.of(spec)).toEqual([]);
    });
  });
} else {
  const title = 'needs a cluster, and CLUSTER_COMPONENT to take its parts away';
  describe('an orchestrator whose API server is away', () => test.skip(title, () => undefined));
}
