import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apiClient } from '@mcp-gateway/platform/kubernetes/api-client';
import { hasStatus } from '@mcp-gateway/platform/kubernetes/api-error';
import { collectionPath, objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { ask, post, textOf } from '../../support/mcp.ts';
import { actingAs } from '../support/cluster.ts';
import { connectFrom } from '../support/connect-from.ts';
import type { Deployment } from '../support/deployment.ts';
import { IMAGES, loadImages } from '../support/images.ts';
import { allReady, control, credentials, mcpUrl } from './client.ts';
import { routerUrl } from './router.ts';

/** A server that tells what it has received since it started, and may connect wherever the platform lets it. */
const TOLD = {
  name: 'told',
  imageName: IMAGES.echo.name,
  imageVersion: IMAGES.echo.version,
  requiredRoles: ['team'],
};
const ADAPTER = { ...TOLD, path: '/received', exposeTools: true, egress: [{ cidr: '0.0.0.0/0' }] };
const TOOL = { ...TOLD, toolDefinition: { tool: { name: 'told' }, path: '/received' } };
const FORGED = { 'x-gateway-secret': 'forged', cookie: 'forged=1' };

interface Told {
  readonly environment: Readonly<Record<string, string>>;
  /** Names and values in turn, of each request. */
  readonly received: readonly (readonly string[])[];
}

/** What the router and servers may reach, and what servers come to know. */
export function describeConfinement(on: () => Deployment): void {
  describe('the tool router and servers', () => {
    beforeAll(async () => {
      await loadImages('echo');
      for (const [kind, body] of [
        ['adapters', ADAPTER],
        ['tools', TOOL],
      ] as const) {
        // prettier-ignore
        const answer = await control(on(), 'POST', `/${kind}`, { as: 'root', body });
        if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`); // prettier-ignore
        await allReady(on(), 'told', 1, 180_000, kind);
      }
    }, 400_000);
    afterAll(async () => {
      for (const kind of ['adapters', 'tools'])
        await control(on(), 'DELETE', `/${kind}/told`, { as: 'root' });
    });

    const addressOf = async (namespace: string, pod: string): Promise<string> => {
      const path = objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, pod);
      const { status } = await on().api.json<{ status: { podIP: string } }>({ path });
      return status.podIP;
    };

    test('the router reaches names, the internal port and its store, and nothing else', async () => {
      const { cluster, namespace, workloads, store } = on();
      const [router] = await on().pods('tool-router');
      const [gateway] = await on().pods();
      const to = (host: string, port: number): Promise<string> =>
        connectFrom(cluster, { namespace, pod: router!.metadata.name }, { host, port });
      expect(await to('gateway-internal', 8002)).toBe('connected');
      expect(await to(new URL(store.endpoint).hostname, store.port)).toBe('connected');
      const closed = await Promise.all([
        to(await addressOf(workloads, 'adapter-told-0'), 8000),
        to(await addressOf(workloads, 'tool-told-0'), 8000),
        to(gateway!.status!.podIP!, 8000),
        to(gateway!.status!.podIP!, 8001),
        to('kubernetes.default.svc', 443),
        to('169.254.169.254', 80),
      ]);
      expect(closed).toEqual(closed.map(() => 'timeout'));
    }, 60_000);

    test('a server reaches neither the router nor the ports behind the gateway, whatever it lists', async () => {
      const { cluster, namespace, workloads } = on();
      const [router] = await on().pods('tool-router');
      const [gateway] = await on().pods();
      const to = (host: string, port: number): Promise<string> =>
        connectFrom(cluster, { namespace: workloads, pod: 'adapter-told-0' }, { host, port });
      expect(await to(gateway!.status!.podIP!, 8000)).toBe('connected'); // as any client may
      const closed = await Promise.all([
        to(router!.status!.podIP!, 8000),
        to(gateway!.status!.podIP!, 8001),
        to(gateway!.status!.podIP!, 8002),
        to(`gateway-internal.${namespace}.svc`, 8002),
      ]);
      expect(closed).toEqual(closed.map(() => 'timeout'));
    }, 60_000);

    test("the router's account has no right in the cluster, and its pods have no token of it", async () => {
      const { cluster, namespace, workloads } = on();
      const acting = apiClient(await actingAs(cluster, namespace, 'tool-router'));
      const kinds = { v1: ['Secret', 'Pod', 'Service', 'ConfigMap'], 'discovery.k8s.io/v1': ['EndpointSlice'] }; // prettier-ignore
      for (const [apiVersion, names] of Object.entries(kinds))
        for (const kind of names)
          for (const where of [namespace, workloads]) {
            const path = collectionPath({ apiVersion, kind, namespace: where });
            const refused = await acting.json({ path }).catch((error: unknown) => error);
            expect(hasStatus(refused, 403)).toBe(true);
          }
      await acting.close();
      for (const pod of await on().pods('tool-router'))
        expect(JSON.stringify(pod.spec)).not.toMatch(/serviceaccount\/token|kube-api-access/);
    });

    test('no server gets a secret of the platform or a token of a caller, by whichever way it is called', async () => {
      const asBen: Record<string, string> = { ...(await credentials(on(), 'ben')), ...FORGED };
      // Lists have the router ask the adapter, which is no MCP server.
      const list = await ask(routerUrl(on()), 'tools/list', {}, { headers: asBen });
      expect(JSON.stringify(list.body?.result?._meta)).toContain('told');
      const called = await ask(routerUrl(on()), 'tools/call', { name: 'told' }, { headers: asBen });
      const asAnn: Record<string, string> = { ...(await credentials(on(), 'ann')), ...FORGED };
      const direct = await post(mcpUrl(on(), 'told'), { jsonrpc: '2.0', id: 1, method: 'ping' }, asAnn); // prettier-ignore
      const [tool, adapter] = [textOf(called), direct.text].map((text) => JSON.parse(text) as Told);
      expect(callersIn(tool)).toEqual(['ben']);
      expect(new Set(callersIn(adapter))).toEqual(new Set(['ben', 'ann']));
      const { gatewaySecrets, sessionKeys } = on().secrets();
      const bearers = [asAnn, asBen].map(({ authorization }) => authorization!.replace('Bearer ', '')); // prettier-ignore
      for (const told of [tool, adapter]) {
        expect(told?.environment).toHaveProperty('PORT');
        const text = JSON.stringify(told);
        expect(text).not.toMatch(/x-gateway-secret|authorization|cookie|forged|GATEWAY_SECRETS|SESSION_KEYS|COSMOS/i); // prettier-ignore
        for (const secret of [
          ...gatewaySecrets.split(','),
          sessionKeys,
          on().store.key,
          ...bearers,
        ])
          // prettier-ignore
          expect(text).not.toContain(secret);
      }
    }, 60_000);
  });
}

function callersIn(told: Told | undefined): readonly string[] {
  return (told?.received ?? []).flatMap((headers) => {
    const at = headers.findIndex((name) => name.toLowerCase() === 'x-mcp-userid');
    return at < 0 ? [] : [headers[at + 1] ?? ''];
  });
}
