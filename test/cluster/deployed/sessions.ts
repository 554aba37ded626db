import { performance } from 'node:perf_hooks';
import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from '@jest/globals';
import { changes, snapshot, type Watched } from '@mcp-gateway/platform/kubernetes/watch';
import { collectionPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { openSession, textOf } from '../../support/mcp.ts';
import type { Deployment } from '../support/deployment.ts';
import { EXAMPLE } from './calls.ts';
import { control, credentials, mcpUrl } from './client.ts';

const SESSIONS = 1000;
const AT_ONCE = 20;
const CALLS = 4;

/** Numbers that a deployed gateway must reach. */
export function describeSessions(on: () => Deployment): void {
  test('a thousand sessions through both gateways: no error, each at its own replica, spread evenly', async () => {
    const ways = (await on().pods()).map((pod) => on().only(pod));
    const url = mcpUrl(on(), EXAMPLE.name);
    const headers = await credentials(on());
    const replicas: string[] = [];
    let next = 0;

    async function visitor(): Promise<void> {
      for (let turn = next++; turn < SESSIONS; turn = next++) {
        const session = await openSession(url, headers, ways[turn % ways.length]);
        const seen = new Set<string>();
        for (let call = 0; call < CALLS; call++) {
          const through = ways[(turn + call) % ways.length]!;
          const answer = await session.call(url, 'whoami', {}, through);
          seen.add((JSON.parse(textOf(answer)) as { hostname: string }).hostname);
        }
        expect(seen.size).toBe(1);
        replicas.push(...seen);
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, visitor));

    expect(replicas).toHaveLength(SESSIONS);
    const counts = Object.values(Object.groupBy(replicas, (name) => name)).map(
      (of) => of?.length ?? 0,
    );
    const even = SESSIONS / EXAMPLE.replicaCount;
    expect(counts).toHaveLength(EXAMPLE.replicaCount);
    for (const count of counts) expect(Math.abs(count - even)).toBeLessThanOrEqual(even * 0.2);
  }, 240_000);

  describe('the time from registering to the first answer', () => {
    test("is at most half a second more than the pod's own start", async () => {
      const added: number[] = [];
      for (const name of ['timed-1', 'timed-2', 'timed-3']) {
        added.push(await addedTime(on(), name));
        await control(on(), 'DELETE', `/adapters/${name}`);
      }
      const [, median = Infinity] = added.sort((a, b) => a - b);
      console.log(`beyond the pod's own start: ${added.map(Math.round).join(', ')} ms`);
      expect(median).toBeLessThanOrEqual(500);
    }, 240_000);
  });
}

/** Milliseconds from POST to the first answer, less those from the pod's creation to its readiness. */
async function addedTime(deployment: Deployment, name: string): Promise<number> {
  const watching = new AbortController();
  const start = podStart(deployment, `adapter-${name}-0`, watching.signal);
  await start.watching;
  const askedAt = performance.now();
  const body = { ...EXAMPLE, name, replicaCount: 1 };
  const { status } = await control(deployment, 'POST', '/adapters', { body });
  expect(status).toBe(201);
  await openSession(mcpUrl(deployment, name), await credentials(deployment));
  const answeredAt = performance.now();
  const { createdAt, readyAt } = await start.times;
  watching.abort();
  return answeredAt - askedAt - (readyAt - createdAt);
}

function podStart({ api, workloads }: Deployment, pod: string, signal: AbortSignal) {
  const path = collectionPath({ apiVersion: 'v1', kind: 'Pod', namespace: workloads });
  const selection = { path, labelSelector: `app.kubernetes.io/instance=${pod.replace(/-0$/, '')}` };
  const watching = snapshot<Watched>(api, selection, signal);
  const times = watching.then(async ({ resourceVersion }) => {
    let createdAt: number | undefined;
    for await (const { object } of changes<Manifest<V1Pod>>(
      api,
      selection,
      resourceVersion,
      signal,
    )) {
      createdAt ??= performance.now();
      const isReady = object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'); // prettier-ignore
      if (isReady) return { createdAt, readyAt: performance.now() };
    }
    throw new Error('the watch has ended before the pod was ready');
  });
  return { watching, times };
}
