import { expect, test } from '@jest/globals';
import { podCondition, tally } from './conditions.ts';
import type { PodView, SetView } from './views.ts';

type Container = NonNullable<PodView['container']>;

function pod(container: Partial<Container> | undefined, change: Partial<PodView> = {}): PodView {
  return {
    name: 'adapter-weather-0',
    uid: 'pod-1',
    ending: false,
    ordinal: 0,
    revision: 'a',
    phase: 'Pending',
    reason: undefined,
    message: undefined,
    conditions: [],
    container: container && {
      name: 'mcp-server',
      image: '',
      imageID: '',
      ready: false,
      restartCount: 0,
      ...container,
    },
    ...change,
  };
}

const waiting = (reason: string, message?: string) =>
  podCondition(pod({ state: { waiting: { reason, ...(message && { message }) } } }));

test('a pull that fails is told in the words of the registry', () => {
  expect(waiting('ImagePullBackOff', 'manifest unknown')).toEqual({
    reason: 'ImagePullBackOff',
    message: 'manifest unknown',
    instance: 'adapter-weather-0',
  });
});

test('a secret that is missing is told as such', () => {
  expect(waiting('CreateContainerConfigError', 'secret "weather" not found')).toMatchObject({
    reason: 'SecretNotFound',
    message: 'secret "weather" not found',
  });
});

test('a crash loop is told with the code of the last end, and with the memory limit where that was it', () => {
  const terminated = { exitCode: 137, reason: 'OOMKilled' };
  const state = { waiting: { reason: 'CrashLoopBackOff' } };
  const looping = pod({ restartCount: 4, state, lastState: { terminated } });
  expect(podCondition(looping)).toMatchObject({
    reason: 'CrashLoopBackOff',
    message: expect.stringMatching(/4 times.* code 137 \(OOMKilled\)/),
  });
});

test("a pod without a node is told in the scheduler's words", () => {
  const message = '0/3 nodes are available: 3 Insufficient memory.';
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  expect(podCondition(pod(undefined, { conditions }))).toMatchObject({
    reason: 'Unschedulable',
    message,
  });
});

test('a server that runs and does not answer is starting at first and not ready later', () => {
  const state = { running: {} };
  expect(podCondition(pod({ state, started: false }))?.reason).toBe('Starting');
  expect(podCondition(pod({ state, started: true }))?.reason).toBe('NotReady');
});

test('a ready replica has nothing to be told', () => {
  const conditions = [{ type: 'Ready', status: 'True' }];
  expect(
    podCondition(pod({ ready: true, state: { running: {} } }, { conditions })),
  ).toBeUndefined();
});

test('replicas that end or are too many do not count', () => {
  const set: SetView = { meta: { name: 'adapter-weather' }, desired: 1, image: '', revision: 'b' };
  const conditions = [{ type: 'Ready', status: 'True' }];
  const of = (change: Partial<PodView>) => pod({}, { conditions, ...change });
  const pods = [of({ ending: true }), of({ revision: 'b' }), of({ ordinal: 1, revision: 'b' })];
  expect(tally(set, pods)).toEqual({ present: 1, ready: 1, updated: 1 });
  expect(tally({ ...set, revision: undefined }, pods).updated).toBe(0);
});
