import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1EndpointSlice } from '@kubernetes/client-node';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { firstPartyCallers } from '@mcp-gateway/platform/kubernetes/deployment/platform';
import { objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { clusterHere, dropNamespace, makeNamespace } from './support/cluster.ts';
import { IMAGES, loadImages } from './support/images.ts';
import { connectorPod } from './support/connector-pod.ts';
import { echo, orchestratorOn, type ClusterOrchestrator } from './support/workloads.ts';

const SECOND = 1000;
const cluster = await clusterHere();

if (cluster) {
  describe('network policies', () => {
    let namespace = '';
    let gatewayNamespace = '';
    let orchestrator: ClusterOrchestrator;
    let target: Endpoint;
    beforeAll(async () => {
      await loadImages('echo', 'connector');
      namespace = await makeNamespace(cluster, 'servers');
      gatewayNamespace = await makeNamespace(cluster, 'gateway');
      const callers = firstPartyCallers(gatewayNamespace);
      orchestrator = await orchestratorOn(cluster, namespace, { callers });
      target = await running(echo('target'));
    });
    afterAll(async () => {
      await orchestrator.close();
      await dropNamespace(cluster, namespace);
      await dropNamespace(cluster, gatewayNamespace);
      await cluster.api.close();
    });

    async function running(workload: Workload): Promise<Endpoint> {
      await orchestrator.apply(workload);
      return eventually(60 * SECOND, () => {
        const [endpoint] = orchestrator.endpoints.of(workload);
        if (endpoint === undefined) throw new Error('not ready');
        return endpoint;
      });
    }

    const from = async (origin: string, to: string): Promise<string> => {
      const { hostname, port } = new URL(to);
      const answer = await fetch(`${origin}/?host=${hostname}&port=${port}`);
      return answer.text();
    };

    /** Where the API server itself is, behind its Service. */
    async function apiServers(): Promise<readonly string[]> {
      const path = objectPath({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace: 'default' }, 'kubernetes'); // prettier-ignore
      const { endpoints, ports } = await cluster!.api.json<V1EndpointSlice>({ path });
      return (endpoints ?? []).flatMap(({ addresses }) => addresses.map((address) => `http://${address}:${ports?.[0]?.port}`)); // prettier-ignore
    }

    const gateway = { 'app.kubernetes.io/name': 'gateway', 'app.kubernetes.io/part-of': 'mcp-gateway-platform' }; // prettier-ignore

    test("let the gateway's pods in, and nobody else", async () => {
      const origins = await Promise.all([
        connectorPod(cluster, gatewayNamespace, 'gateway', gateway),
        connectorPod(cluster, gatewayNamespace, 'stranger', {}),
        connectorPod(cluster, namespace, 'neighbour', gateway),
        connectorPod(cluster, gatewayNamespace, 'router', { ...gateway, 'app.kubernetes.io/name': 'tool-router' }), // prettier-ignore
      ]);
      await eventually(20 * SECOND, async () =>
        expect(await from(origins[0], target.origin)).toBe('connected'),
      );
      const others = await Promise.all(
        origins.slice(1).map((origin) => from(origin, target.origin)),
      );
      expect(others).toEqual(['timeout', 'timeout', 'timeout']);
      const adapter = await running(echo('adapter', { image: IMAGES.connector }));
      expect(await from(adapter.origin, target.origin)).toBe('timeout');
    });

    test('let a server out to names and to what it lists, not to the API server and metadata', async () => {
      const listed = await connectorPod(cluster, gatewayNamespace, 'listed', {});
      const { hostname } = new URL(listed);
      const egress = [{ cidr: `${hostname}/32`, ports: [8000] }, { cidr: '169.0.0.0/8' }];
      const { origin } = await running(echo('outgoing', { image: IMAGES.connector, egress }));
      await eventually(20 * SECOND, async () =>
        expect(await from(origin, listed)).toBe('connected'),
      );
      expect(await from(origin, 'http://kubernetes.default.svc:443')).toBe('timeout'); // the name is resolved
      for (const server of await apiServers()) expect(await from(origin, server)).toBe('timeout');
      const inside = await connectorPod(cluster, gatewayNamespace, 'gateway', gateway);
      expect(await from(origin, inside)).toBe('timeout');
      expect(await from(origin, 'http://169.254.169.254:80')).toBe('timeout');
      expect(await from(origin, target.origin)).toBe('timeout');
    });
  });
} else {
  describe('network policies', () => test.skip('needs a cluster', () => undefined));
}
