import { setTimeout as sleep } from 'node:timers/promises';
import type { V1EndpointSlice, V1Lease } from '@kubernetes/client-node';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import type { Manifest } from '@mcp-gateway/platform/kubernetes/objects';
import { collectionPath, objectPath } from '@mcp-gateway/platform/kubernetes/resource-path';
import { changes, snapshot } from '@mcp-gateway/platform/kubernetes/watch';
import { openSession, textOf } from '../../support/mcp.ts';
import { component, hasComponents } from '../support/component.ts';
import type { Deployment } from '../support/deployment.ts';
import { EXAMPLE } from './calls.ts';
import { allReady, control, credentials, mcpUrl, put } from './client.ts';
import { kill } from './kill.ts';
import { failures, tally, underLoad, type Outcome } from './load.ts';

const SECOND = 1000;
const AWAY = 30 * SECOND;
/** Until no proxy of the cluster sends anybody to a gateway that is gone: the kubelet, a slice and kube-proxy have to hear of it. */
const UNNOTICED = 6 * SECOND;
const NAME = 'victim';
const CONNECTION = /^(ECONN|UND_ERR_SOCKET|EPIPE)/;

/** What clients see while parts fail, and for how long. */
export function describeFaults(on: () => Deployment): void {
  describe('under load', () => {
    beforeAll(async () => {
      await put(on(), { ...EXAMPLE, name: NAME });
      await allReady(on(), NAME, 3);
    }, 200_000);
    afterEach(async () => {
      await on().settled();
      await allReady(on(), NAME, 3);
    }, 200_000);

    describeLostPods(on);
    describeRollouts(on);
    if (hasComponents) describeLostComponents(on);
    else test.skip('parts of the cluster are missed: needs CLUSTER_COMPONENT', () => undefined);
    describeLostStore(on);
  });
}

function describeLostPods(on: () => Deployment): void {
  test('a gateway that is killed takes along what is on its connections, and no session', async () => {
    let killedAt = Infinity;
    const outcomes = await underLoad(on(), NAME, async ({ now }) => {
      const [pod] = await on().pods();
      killedAt = now();
      await kill(`POD_NAME=${pod!.metadata.name}`);
      await sleep(8 * SECOND);
    });
    const failed = failures(outcomes);
    console.log(
      `gateway killed: ${JSON.stringify(tally(outcomes))}, the last failure after ${Math.round(Math.max(0, ...failed.map(({ ended }) => ended)) - killedAt)} ms`,
    );
    for (const { result } of failed) expect(result).toMatch(CONNECTION);
    expectWithin(failed, killedAt, killedAt + UNNOTICED);
    expect(outcomes.length).toBeGreaterThan(failed.length);
  }, 200_000);

  test('sessions of a server that is killed are not found within a second of its endpoint, and no others fail', async () => {
    await expectLoss(on(), (pod) => kill(`HOSTNAME=${pod}`));
  }, 200_000);

  test('a server that is deleted serves its sessions while it drains, and then they are not found', async () => {
    const { lost, outcomes } = await expectLoss(on(), async (pod) => {
      await on().api.json({ method: 'DELETE', path: podPath(on(), pod) });
    });
    expect(failures(outcomes).every(({ result }) => result === 404)).toBe(true);
    expect(lost.gone - lost.at).toBeGreaterThan(8 * SECOND);
  }, 200_000);

  test('scaling in lets a running call end and gives no new session to what is going', async () => {
    const url = mcpUrl(on(), NAME);
    const headers = await credentials(on());
    const place = async (session: Awaited<ReturnType<typeof openSession>>) =>
      (JSON.parse(textOf(await session.call(url, 'whoami'))) as { hostname: string }).hostname;
    const leaving = await eventually(30 * SECOND, async () => {
      const session = await openSession(url, headers);
      if ((await place(session)) !== `adapter-${NAME}-2`) throw new Error('another replica');
      return session;
    });
    const slow = leaving.call(url, 'slow', { seconds: 6 });
    await put(on(), { ...EXAMPLE, name: NAME, replicaCount: 1 });
    await eventually(5 * SECOND, async () => {
      const seen = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => place(await openSession(url, headers)))); // prettier-ignore
      expect(new Set(seen)).toEqual(new Set([`adapter-${NAME}-0`]));
    });
    expect(textOf(await slow)).toBe('done after 6 s');
    expect(await place(leaving)).toBe(`adapter-${NAME}-2`);
    await eventually(40 * SECOND, async () => {
      expect((await leaving.call(url, 'whoami')).status).toBe(404);
    });
    await put(on(), { ...EXAMPLE, name: NAME });
  }, 200_000);
}

function describeRollouts(on: () => Deployment): void {
  test('gateways and servers are replaced at once: sessions begin anew, no connection breaks, and one gateway repairs', async () => {
    const outcomes = await underLoad(on(), NAME, async () => {
      await restart(on());
      await put(on(), { ...EXAMPLE, name: NAME, environmentVariables: { ROUND: '2' } });
      await on().api.json({ method: 'DELETE', path: budgetPath(on()) });
      await Promise.all([on().settled(), allReady(on(), NAME, 3)]);
    });
    await eventually(45 * SECOND, () => on().api.json({ path: budgetPath(on()) }));
    const pods = (await on().pods()).map(({ metadata }) => metadata.name);
    await eventually(20 * SECOND, async () => expect(pods).toContain(await leaderOf(on())));
    console.log(`rolling restart: ${JSON.stringify(tally(outcomes))}`);
    const failed = failures(outcomes);
    for (const { result } of failed) expect([404, 502]).toContain(result);
    // Calls under way at the very moment in which their replica of the server ends.
    expect(failed.filter(({ result }) => result === 502).length).toBeLessThanOrEqual(8);
    expect(failed.filter(({ result, opening }) => result === 404 && opening)).toEqual([]);
  }, 240_000);
}

function describeLostComponents(on: () => Deployment): void {
  afterEach(async () => {
    for (const name of ['apiserver', 'etcd', 'kubelet']) {
      await component('resume', name).catch(() => undefined);
      await component('start', name).catch(() => undefined);
    }
  });

  test.each([
    ['the API server is killed', 'apiserver', 'kill', 'start'],
    ['the API server hangs', 'apiserver', 'hang', 'resume'],
    ['etcd hangs', 'etcd', 'hang', 'resume'],
  ] as const)(
    'nothing fails while %s for half a minute, and changes go on afterwards',
    async (_, name, away, back) => {
      const outcomes = await underLoad(on(), NAME, async () => {
        await component(away, name);
        const returns = sleep(AWAY);
        const body = { ...EXAMPLE, name: 'meanwhile', replicaCount: 0 };
        const answer = await control(on(), 'POST', '/adapters', { body });
        expect([503, 504]).toContain(answer.status);
        await returns;
        await component(back, name);
        await eventually(30 * SECOND, async () => {
          const { status } = await control(on(), 'POST', '/adapters', { body });
          expect(status).toBe(201);
        });
        await eventually(30 * SECOND, async () => {
          expect((await control(on(), 'DELETE', '/adapters/meanwhile')).status).toBe(204);
        });
      });
      expect(tally(failures(outcomes))).toEqual({});
    },
    200_000,
  );

  test('nothing fails while the kubelet is away', async () => {
    const outcomes = await underLoad(on(), NAME, async () => {
      await component('kill', 'kubelet');
      await sleep(15 * SECOND);
      await component('start', 'kubelet');
    });
    expect(tally(failures(outcomes))).toEqual({});
  }, 200_000);
}

function describeLostStore(on: () => Deployment): void {
  test.each([
    ['is away', 'stop', 'start', AWAY],
    ['hangs', 'hang', 'resume', 10 * SECOND],
  ] as const)(
    'nothing fails while Cosmos DB %s, and changes go on afterwards',
    async (_, away, back, ms) => {
      const outcomes = await underLoad(on(), NAME, async () => {
        await on().cosmosDo(away);
        const returns = sleep(ms);
        const body = { ...EXAMPLE, name: 'meanwhile', replicaCount: 0 };
        const answer = await control(on(), 'POST', '/adapters', { body });
        expect([503, 504]).toContain(answer.status);
        expect(await on().pods()).toHaveLength(2);
        await returns;
        await on().cosmosDo(back);
        await eventually(30 * SECOND, async () => {
          const { status } = await control(on(), 'POST', '/adapters', { body });
          expect(status).toBe(201);
        });
        await control(on(), 'DELETE', '/adapters/meanwhile');
      });
      expect(tally(failures(outcomes))).toEqual({});
    },
    200_000,
  );
}

const podPath = ({ workloads: namespace }: Deployment, name: string): string =>
  objectPath({ apiVersion: 'v1', kind: 'Pod', namespace }, name);

const budgetPath = ({ workloads: namespace }: Deployment): string =>
  objectPath(
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace },
    `adapter-${NAME}`,
  );

/** The gateway that repairs what others have done to objects. */
async function leaderOf({ api, namespace }: Deployment): Promise<string | undefined> {
  const collection = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace };
  const path = objectPath(collection, 'mcp-gateway');
  return (await api.json<Manifest<V1Lease>>({ path })).spec?.holderIdentity;
}

/** Takes one replica of the server away, and sees what its sessions and the others' come to. */
async function expectLoss(deployment: Deployment, take: (pod: string) => Promise<void>) {
  const lost = { pod: `adapter-${NAME}-1`, at: Infinity, gone: Infinity };
  const watching = new AbortController();
  const outcomes = await underLoad(deployment, NAME, async ({ now, outcomes: soFar }) => {
    await eventually(10 * SECOND, () =>
      expect(soFar.some(({ replica }) => replica === lost.pod)).toBe(true),
    );
    const gone = endpointGone(deployment, lost.pod, watching.signal);
    await gone.watching;
    lost.at = now();
    await take(lost.pod);
    await gone.happened;
    lost.gone = now();
    await sleep(3 * SECOND);
  }).finally(() => watching.abort());
  const failed = failures(outcomes);
  expect(new Set(failed.map(({ replica }) => replica))).toEqual(new Set([lost.pod]));
  expect(failed.filter(({ opening }) => opening)).toEqual([]);
  for (const { result } of failed) expect([404, 502]).toContain(result);
  const late = (outcome: Outcome): boolean =>
    outcome.replica === lost.pod && !outcome.opening && outcome.began > lost.gone + SECOND;
  expect(outcomes.filter((one) => late(one) && one.result === 502)).toEqual([]);
  expect(failed.some(({ result, ended }) => result === 404 && ended < lost.gone + SECOND)).toBe(
    true,
  );
  console.log(
    `loss: ${JSON.stringify({ ...tally(outcomes), goneAfterMs: Math.round(lost.gone - lost.at) })}`,
  );
  return { lost, outcomes };
}

/** Tells when no slice says any more that this pod serves. */
function endpointGone({ api, workloads: namespace }: Deployment, pod: string, signal: AbortSignal) {
  const path = collectionPath({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace }); // prettier-ignore
  const selection = { path, labelSelector: `app.kubernetes.io/instance=adapter-${NAME}` };
  const watching = snapshot<Manifest<V1EndpointSlice>>(api, selection, signal);
  const happened = watching.then(async ({ resourceVersion }) => {
    for await (const { object } of changes<Manifest<V1EndpointSlice>>(
      api,
      selection,
      resourceVersion,
      signal,
    )) {
      const serves = object.endpoints?.some(({ targetRef, conditions }) => targetRef?.name === pod && (conditions?.serving ?? true)); // prettier-ignore
      if (serves !== true) return;
    }
    throw new Error(`the watch has ended while ${pod} serves`);
  });
  return { watching, happened };
}

function expectWithin(outcomes: readonly Outcome[], from: number, to: number): void {
  const outside = outcomes.filter(({ began, ended }) => ended < from || began > to);
  expect(outside).toEqual([]);
}

/** As `kubectl rollout restart` does. */
async function restart({ api, namespace }: Deployment): Promise<void> {
  await api.json({
    method: 'PATCH',
    path: objectPath({ apiVersion: 'apps/v1', kind: 'Deployment', namespace }, 'gateway'),
    contentType: 'application/merge-patch+json',
    body: { spec: { template: { metadata: { annotations: { restarted: String(Date.now()) } } } } },
  });
}
