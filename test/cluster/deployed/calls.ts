import { beforeAll, describe, expect, test } from '@jest/globals';
import { fetch as fetchBy, type Dispatcher } from 'undici';
import { visitByLegacySdk, visitByModernSdk, type Way } from '../../support/clients.ts';
import { openSession, post, textOf } from '../../support/mcp.ts';
import type { Deployment } from '../support/deployment.ts';
import { productImage } from '../support/product-images.ts';
import { allReady, control, credentials, mcpUrl, put } from './client.ts';

/** The example with three replicas, which all tests use. */
export const EXAMPLE = { name: 'example', ...productImage('mcp-example'), replicaCount: 3 };
/** Its variables go to the server's process, which tells them. */
const EVERYTHING = {
  name: 'everything',
  ...productImage('mcp-proxy'),
  environmentVariables: {
    MCP_COMMAND: 'npx',
    MCP_ARGS: '-y @modelcontextprotocol/server-everything@2026.8.31 stdio',
    CANARY: 'sings',
  },
};
const VISITORS = { 'the 1.x SDK': visitByLegacySdk, 'the 2.x SDK': visitByModernSdk };

/** What clients of a deployed gateway see when all is well. */
export function describeCalls(on: () => Deployment): void {
  describe('registered servers', () => {
    beforeAll(async () => {
      await put(on(), EVERYTHING);
      await allReady(on(), 'everything', 1, 300_000);
    }, 400_000);

    async function wayThrough(dispatcher: Dispatcher): Promise<Way> {
      const byIt = ((url: string, init: object) =>
        fetchBy(url, { ...init, dispatcher })) as unknown;
      return { headers: await credentials(on()), fetch: byIt as typeof fetch }; // undici's own types differ from the global ones
    }

    test.each(Object.entries(VISITORS))(
      'are found and called by %s through each replica in turn',
      async (_, visit) => {
        const pods = await on().pods();
        expect(pods).toHaveLength(2);
        for (const pod of [...pods, ...pods]) {
          const way = await wayThrough(on().only(pod));
          const call = { name: 'echo', arguments: { message: pod.metadata.name } };
          const example = await visit(mcpUrl(on(), 'example'), call, way);
          expect(example.answer).toBe(pod.metadata.name);
          const everything = await visit(mcpUrl(on(), 'everything'), call, way);
          expect(everything.answer).toBe(`Echo: ${pod.metadata.name}`);
          expect(everything.tools.length).toBeGreaterThan(5);
        }
      },
    );

    test('are found also where they are Python packages, by uvx', async () => {
      const environmentVariables = { MCP_COMMAND: 'uvx', MCP_ARGS: 'mcp-server-time --local-timezone=UTC' }; // prettier-ignore
      await put(on(), { name: 'clock', ...productImage('mcp-proxy'), environmentVariables });
      await allReady(on(), 'clock', 1, 300_000);
      const call = { name: 'get_current_time', arguments: { timezone: 'UTC' } };
      const way = { headers: await credentials(on()) };
      const { answer } = await visitByLegacySdk(mcpUrl(on(), 'clock'), call, way);
      expect(answer).toMatch(/"timezone": "UTC"/);
      expect((await control(on(), 'DELETE', '/adapters/clock')).status).toBe(204);
    }, 400_000);

    test('keep a session that goes through both replicas of the gateway by turns', async () => {
      const ways = (await on().pods()).map((pod) => on().only(pod));
      const session = await openSession(mcpUrl(on(), 'example'), await credentials(on()), ways[0]);
      for (let count = 1; count <= 6; count++) {
        const answer = await session.call(mcpUrl(on(), 'example'), 'count', {}, ways[count % 2]);
        expect(JSON.parse(textOf(answer))).toEqual({ count });
      }
    });

    test('are for those alone who may call them', async () => {
      const url = mcpUrl(on(), 'example');
      const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
      expect((await post(url, ping)).status).toBe(401);
      expect((await post(url, ping, await credentials(on(), 'eve'))).status).toBe(403);
      const session = await openSession(url, await credentials(on()));
      const stolen = { ...(await credentials(on(), 'root')), 'mcp-session-id': session.id };
      expect((await post(url, ping, stolen)).status).toBe(404);
    });

    test('lose a variable that is removed, and the pod has no token of the cluster', async () => {
      const environment = async (): Promise<string> => {
        const session = await openSession(mcpUrl(on(), 'everything'), await credentials(on()));
        return textOf(await session.call(mcpUrl(on(), 'everything'), 'get-env'));
      };
      expect(await environment()).toMatch(/"CANARY": "sings"/);
      const { MCP_COMMAND, MCP_ARGS } = EVERYTHING.environmentVariables;
      await put(on(), { ...EVERYTHING, environmentVariables: { MCP_COMMAND, MCP_ARGS } });
      await allReady(on(), 'everything', 1, 300_000);
      expect(await environment()).not.toMatch(/CANARY|SESSION_KEYS|COSMOS_KEY/);
      const path = `/api/v1/namespaces/${on().workloads}/pods/adapter-everything-0`;
      const pod = JSON.stringify(await on().api.json({ path }));
      expect(pod).not.toMatch(/CANARY|serviceaccount\/token|kube-api-access/);
    }, 400_000);
  });

  describe('names', () => {
    test('that two want at the same moment go to exactly one of them', async () => {
      const ways = (await on().pods()).map((pod) => on().only(pod));
      for (let round = 0; round < 5; round++) {
        const name = `wanted-${round}`;
        const body = { ...EXAMPLE, name, replicaCount: 0 };
        const answers = await Promise.all(
          (['ann', 'ben'] as const).map((as, index) => {
            const own = { ...body, environmentVariables: { OWNER: as } };
            return control(on(), 'POST', '/adapters', { as, body: own, through: ways[index]! });
          }),
        );
        expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
        const winner = answers[0]?.status === 201 ? 'ann' : 'ben';
        const { body: stored } = await control(on(), 'GET', `/adapters/${name}`, { as: 'root' });
        expect(stored).toMatchObject({
          createdBy: winner,
          environmentVariables: { OWNER: winner },
        });
        const path = `/apis/apps/v1/namespaces/${on().workloads}/statefulsets/adapter-${name}`;
        expect(JSON.stringify(await on().api.json({ path }))).toContain(`"value":"${winner}"`);
        const gone = await control(on(), 'DELETE', `/adapters/${name}`, { as: 'root' });
        expect(gone.status).toBe(204);
      }
    });

    test("of the platform's own services are refused, and those of its objects reach nothing of them", async () => {
      for (const name of ['gateway', 'tool-router']) {
        const { status } = await control(on(), 'POST', '/adapters', { body: { ...EXAMPLE, name } });
        expect(status).toBe(400);
      }
      const path = `/apis/networking.k8s.io/v1/namespaces/${on().workloads}/networkpolicies/closed`;
      const before = await on().api.json({ path });
      const body = { ...EXAMPLE, name: 'closed', replicaCount: 0 };
      expect((await control(on(), 'POST', '/adapters', { body })).status).toBe(201);
      expect((await control(on(), 'DELETE', '/adapters/closed')).status).toBe(204);
      expect(await on().api.json({ path })).toEqual(before);
    });
  });
}
