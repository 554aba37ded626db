import { afterAll, describe, expect, test } from '@jest/globals';
import type { V1PolicyRule, V1Service } from '@kubernetes/client-node';
import { pino } from 'pino';
import { TOOL_ROUTER } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { eventually } from '@mcp-gateway/core/testing/eventually';
import { LEASE_RULES, roleFor, ROUTER_RULES, serviceAccount, WORKLOAD_RULES } from '@mcp-gateway/platform/kubernetes/deployment/rbac'; // prettier-ignore
import { leaseLeadership } from '@mcp-gateway/platform/kubernetes/leadership';
import type { Manifest, Wire } from '@mcp-gateway/platform/kubernetes/objects';
import { kubernetesOrchestrator } from '@mcp-gateway/platform/kubernetes/orchestrator';
import { serviceEndpoints } from '@mcp-gateway/platform/kubernetes/service-endpoints';
import {
  actingAs,
  clusterHere,
  dropNamespace,
  makeNamespace,
  putObjects,
  type Cluster,
} from './support/cluster.ts';
import { connectorPod } from './support/connector-pod.ts';
import { IMAGES, loadImages } from './support/images.ts';

type Rule = Wire<V1PolicyRule>;
type Options = Parameters<typeof kubernetesOrchestrator>[0];

const [LEAST_MS, MOST_MS] = [15_000, 60_000];
const RULES = [...WORKLOAD_RULES, ...LEASE_RULES];
const VERBS = verbsOf(RULES);
const log = pino({ level: process.env.TEST_LOG ?? 'silent' });
const cluster = await clusterHere();

const silent: Workload = {
  kind: 'adapter',
  name: 'silent',
  uid: 'uid-of-silent',
  image: IMAGES.neverReady,
  replicas: 2,
  environment: {},
  secretEnvironment: {},
  port: 8000,
  path: '/mcp',
  useWorkloadIdentity: false,
};
const working: Workload = { ...silent, name: 'working', replicas: 1, image: IMAGES.echo };

interface Verb {
  readonly verb: string;
  readonly resource: string;
}

function verbsOf(rules: readonly Rule[]): readonly Verb[] {
  return rules.flatMap(({ resources = [], verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ verb, resource }))),
  );
}

function without({ verb, resource }: Verb, rules: readonly Rule[] = RULES): readonly Rule[] {
  return rules
    .map((rule) =>
      rule.resources?.includes(resource)
        ? { ...rule, verbs: rule.verbs.filter((name) => name !== verb) }
        : rule,
    )
    .filter(({ verbs }) => verbs.length > 0);
}

if (cluster) {
  await loadImages('echo', 'neverReady', 'connector'); // tests at once do not wait for hooks
  describe('the rights of the gateway', () => {
    afterAll(() => cluster.api.close());

    type Use = (options: Options, account: string, ms: number) => Promise<void>;

    /** Makes an account that has these rights alone, in a namespace of its own, and does everything as that. */
    async function useAs(
      account: string,
      rules: readonly Rule[],
      ms: number,
      use: Use = useEverything,
    ) {
      const namespace = await makeNamespace(cluster!, 'rights');
      try {
        const role = roleFor(account, { namespace, rules, account: { name: account, namespace } });
        await putObjects(cluster!, [serviceAccount(account, namespace, undefined), ...role]);
        const config = await actingAs(cluster!, namespace, account);
        await use({ namespace, callers: [], config, log, firstSyncMs: ms }, account, ms);
      } finally {
        await dropNamespace(cluster!, namespace);
      }
    }

    /** In which all is done where nothing is missing, though others are at work: by how long it takes alone. */
    const enoughMs = (async () => {
      const since = performance.now();
      await useAs('whole', RULES, 120_000);
      return Math.round(Math.min(MOST_MS, Math.max(LEAST_MS, 2 * (performance.now() - since))));
    })();
    enoughMs.catch(() => undefined); // The tests tell.

    test('suffice for all that it does', async () => {
      expect(await enoughMs).toBeGreaterThanOrEqual(LEAST_MS);
    });

    test.concurrent.each(VERBS)('are needed: $verb $resource', async ({ verb, resource }) => {
      const account = `no-${verb}-${resource.replace('/', '-')}`;
      const using = useAs(account, without({ verb, resource }), await enoughMs);
      await expect(using).rejects.toThrow();
    });

    test.concurrent(
      'suffice also in the time in which those above fail, and beside them',
      async () => useAs('whole-beside', RULES, await enoughMs),
    );

    const useRouter: Use = (options, _, ms) => findRouters(cluster, options, ms);

    test.concurrent('suffice to find the tool router', async () =>
      useAs('router', ROUTER_RULES, await enoughMs, useRouter),
    );

    test.concurrent.each(verbsOf(ROUTER_RULES))(
      'are needed to find the tool router: $verb $resource',
      async (verb) => {
        const rules = without(verb, ROUTER_RULES);
        const using = useAs(`no-router-${verb.verb}`, rules, await enoughMs, useRouter);
        await expect(using).rejects.toThrow('routers');
      },
    );
  });
} else {
  describe('the rights of the gateway', () => test.skip('needs a cluster', () => undefined));
}

/** Throws at the first thing that does not work. */
async function useEverything(options: Options, holder: string, ms: number): Promise<void> {
  await leadForAWhile(options, holder, ms);
  const orchestrator = await kubernetesOrchestrator(options);
  try {
    for (const workload of [silent, working]) await orchestrator.check(workload);
    expect(await orchestrator.list()).toEqual([]);
    for (const workload of [silent, working]) await orchestrator.apply(workload);
    await eventually(ms, async () => {
      expect(orchestrator.endpoints.of(working)).toHaveLength(1);
      expect((await orchestrator.status(working)).replicaStatus).toBe('Healthy');
      expect(JSON.stringify(await orchestrator.status(silent))).toContain('probe failed');
    });
    const logOptions = { instance: 0, tail: 10, previous: false, follow: false };
    for await (const text of await orchestrator.logs(working, logOptions, AbortSignal.timeout(ms)))
      expect(text).toContain('starting');
    for (const id of [silent, working]) await orchestrator.remove(id);
    expect(await orchestrator.list()).toEqual([]);
  } finally {
    await orchestrator.close();
  }
}

/** Takes a lease, keeps it longer than its duration, and gives it back. */
async function leadForAWhile({ namespace, config }: Options, holder: string, ms: number) {
  const leadership = leaseLeadership({ namespace, name: holder, holder, log, durationSeconds: 1, ...(config && { config }) }); // prettier-ignore
  const led = Promise.withResolvers<undefined>();
  const deadline = AbortSignal.timeout(ms);
  deadline.addEventListener('abort', () => led.reject(new Error('did not lead for long enough')));
  const ending = new AbortController();
  const leading = leadership.lead(
    async (signal) => {
      const since = performance.now();
      while (!signal.aborted && performance.now() - since < 1500)
        await new Promise((resolve) => setTimeout(resolve, 50));
      if (!signal.aborted) led.resolve(undefined);
    },
    AbortSignal.any([ending.signal, deadline]),
  );
  try {
    await led.promise;
  } finally {
    ending.abort();
    await leading;
    await leadership.close();
  }
}

/** Finds a replica that is there, and one that comes. */
async function findRouters(
  cluster: Cluster,
  { namespace, config, log: to }: Options,
  ms: number,
): Promise<void> {
  const service = 'routers';
  const labels = { role: service };
  const headless: Manifest<V1Service> = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service, namespace },
    spec: { clusterIP: 'None', selector: labels, ports: [{ port: 8000 }] },
  };
  await putObjects(cluster, [headless]);
  await connectorPod(cluster, namespace, 'one', labels);
  const routers = serviceEndpoints({ namespace, service, log: to, ...(config && { config }) });
  const found = (wanted: readonly string[]) =>
    eventually(ms, () => {
      const names = routers.of(TOOL_ROUTER).map(({ instance }) => instance);
      if (names.sort().join() !== wanted.join()) throw new Error(`routers are ${names.join()}`);
    });
  try {
    await found(['one']);
    await connectorPod(cluster, namespace, 'two', labels);
    await found(['one', 'two']);
  } finally {
    await routers.close();
  }
}
