import { expect, test } from '@jest/globals';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Endpoint, Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import { orchestratorByImage } from './orchestrator-by-image.ts';

const workload = (image: string): Workload => ({
  kind: 'adapter',
  name: 'weather',
  uid: 'uid',
  image: { name: image, version: '1' },
  replicas: 1,
  environment: {},
  secretEnvironment: {},
  port: 8000,
  path: '/mcp',
  useWorkloadIdentity: false,
});
const text = async (parts: AsyncIterable<string>): Promise<string> => {
  let all = '';
  for await (const part of parts) all += part;
  return all;
};

/** Runs whatever it is given, at once. */
function platform(title: string) {
  const running = new Map<string, Workload>();
  const wakers = new Set<() => void>();
  let waiting = 0;
  const endpoint: Endpoint = { instance: 'adapter-weather-0', uid: title, origin: title, draining: false }; // prettier-ignore
  const changed = () => wakers.forEach((wake) => wake());
  const orchestrator: Orchestrator = {
    check: () => Promise.resolve(),
    apply: async (spec) => {
      running.set(objectName(spec), spec);
      changed();
      return Promise.resolve();
    },
    remove: async (id) => {
      if (running.delete(objectName(id))) changed();
      return Promise.resolve();
    },
    list: () => Promise.resolve([...running.values()]),
    status: (id) =>
      Promise.resolve({ readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, image: title, replicaStatus: running.has(objectName(id)) ? 'Healthy' : 'none', conditions: [] }), // prettier-ignore
    logs: () =>
      Promise.resolve(
        (async function* () {
          yield await Promise.resolve(title);
        })(),
      ),
    endpoints: {
      of: (id) => (running.has(objectName(id)) ? [endpoint] : []),
      changed: async (_id, signal) => {
        waiting++;
        const { promise, resolve, reject } = Promise.withResolvers<undefined>();
        const wake = () => resolve(undefined);
        wakers.add(wake);
        signal.addEventListener('abort', () => reject(signal.reason as Error)); // the port promises this
        try {
          await promise;
        } finally {
          waiting--;
          wakers.delete(wake);
        }
      },
    },
  };
  return { orchestrator, running, endpoint, waiting: () => waiting };
}

function setup() {
  const local = platform('local');
  const docker = platform('docker');
  const both = orchestratorByImage(
    [
      { handles: ({ image }) => image.name === 'known', orchestrator: local.orchestrator },
      { handles: ({ image }) => image.name !== 'nobody', orchestrator: docker.orchestrator },
    ],
    ({ image }) => new GatewayError('invalid_request', `install Docker to run ${image.name}`),
  );
  return { local, docker, both };
}

test('a workload runs on the first platform that handles it', async () => {
  const { local, docker, both } = setup();
  await both.apply(workload('known'));
  expect([local.running.size, docker.running.size]).toEqual([1, 0]);
  expect(both.endpoints.of(workload('known'))).toEqual([local.endpoint]);
  expect(await both.status(workload('known'))).toMatchObject({ image: 'local' });
});

test('with another image it moves, and with it its status, its log and its endpoints', async () => {
  const { local, docker, both } = setup();
  await both.apply(workload('known'));
  await both.apply(workload('other'));
  expect([local.running.size, docker.running.size]).toEqual([0, 1]);
  expect(await both.list()).toHaveLength(1);
  expect(await both.status(workload('other'))).toMatchObject({ image: 'docker' });
  const options = { instance: 0, tail: 1, previous: false, follow: false };
  const log = await both.logs(workload('other'), options, AbortSignal.timeout(1000));
  expect(await text(log)).toBe('docker');
  expect(both.endpoints.of(workload('other'))).toEqual([docker.endpoint]);
});

test('what nobody handles is refused in the words given, and nothing changes', async () => {
  const { both } = setup();
  await both.apply(workload('known'));
  for (const act of [both.check, both.apply]) {
    await expect(act(workload('nobody'))).rejects.toThrow('install Docker to run nobody');
  }
  expect(both.endpoints.of(workload('known'))).toHaveLength(1);
});

test('what is removed is gone wherever it ran', async () => {
  const { local, docker, both } = setup();
  await local.orchestrator.apply(workload('known'));
  await docker.orchestrator.apply(workload('known'));
  await both.remove(workload('known'));
  expect(await both.list()).toEqual([]);
});

test('a change on any platform wakes, and nobody stays behind waiting', async () => {
  const { local, docker, both } = setup();
  const change = both.endpoints.changed(workload('other'), AbortSignal.timeout(5000));
  await both.apply(workload('other'));
  await change;
  await Promise.resolve();
  expect([local.waiting(), docker.waiting()]).toEqual([0, 0]);
});

test('whoever gives up waiting gets the reason', async () => {
  const { both } = setup();
  const patience = new AbortController();
  const change = both.endpoints.changed(workload('other'), patience.signal);
  patience.abort(new Error('enough'));
  await expect(change).rejects.toThrow('enough');
});
