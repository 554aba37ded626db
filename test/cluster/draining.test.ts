import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';
import { loadImages } from './support/images.ts';
import { echo, orchestratorOn, type ClusterOrchestrator } from './support/workloads.ts';

const SECOND = 1000;
const DRAIN = 6;
const END = 4;
const cluster = await clusterHere();

if (cluster) {
  describe('a replica that is to go', () => {
    let namespace = '';
    let orchestrator: ClusterOrchestrator;
    // It heeds no signal, so only the deadline ends it.
    const spec = echo('leaving', { replicas: 2, port: 9000, environment: { IGNORE_TERM: '1' } });
    const instances = () =>
      orchestrator.endpoints.of(spec).map(({ instance, draining }) => [instance, draining]);
    beforeAll(async () => {
      await loadImages('echo');
      namespace = await makeNamespace(cluster, 'draining');
      orchestrator = await orchestratorOn(cluster, namespace, { drainSeconds: DRAIN, endSeconds: END }); // prettier-ignore
      await orchestrator.apply(spec);
      await eventually(60 * SECOND, () => expect(orchestrator.endpoints.of(spec)).toHaveLength(2));
    });
    afterAll(async () => {
      await orchestrator.remove(spec);
      await orchestrator.close();
      await dropNamespace(cluster, namespace);
      await cluster.api.close();
    });

    test('gets nobody new, finishes what it has, and is gone by the deadline', async () => {
      const [stays, leaves] = orchestrator.endpoints.of(spec);
      expect(leaves?.origin).toMatch(/:9000$/);
      const inFlight = fetch(`${leaves?.origin}/slow?ms=${(DRAIN - 1) * SECOND}`);
      const since = performance.now();
      await orchestrator.apply({ ...spec, replicas: 1 });
      await eventually(5 * SECOND, () =>
        expect(instances()).toEqual([
          ['adapter-leaving-0', false],
          ['adapter-leaving-1', true],
        ]),
      );
      expect((await fetch(`${leaves?.origin}/`)).status).toBe(200); // for the sessions that it has
      expect(await (await inFlight).text()).toBe('done');
      await eventually((DRAIN + END + 15) * SECOND, () =>
        expect(orchestrator.endpoints.of(spec)).toEqual([stays]),
      );
      expect(performance.now() - since).toBeGreaterThan(DRAIN * SECOND);
      expect(await orchestrator.status(spec)).toMatchObject({ replicaStatus: 'Healthy' });
    });
  });
} else {
  describe('a replica that is to go', () => test.skip('needs a cluster', () => undefined));
}
