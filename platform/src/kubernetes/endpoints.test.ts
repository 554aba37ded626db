import { expect, test } from '@jest/globals';
import { endpointsOf, liveEndpoints } from './endpoints.ts';
import type { PodView, SliceEndpoint, SliceView } from './views.ts';

const replica: SliceEndpoint = {
  address: '10.0.0.1',
  pod: 'adapter-weather-0',
  podUid: 'pod-1',
  ready: true,
  serving: true,
  terminating: false,
};

function pod(restartCount = 0, uid = 'pod-1'): PodView {
  const state = { running: { startedAt: '2026-01-01T00:00:00Z' } };
  const container = {
    name: 'mcp-server',
    image: '',
    imageID: '',
    ready: true,
    restartCount,
    state,
  };
  const nothing = {
    ordinal: 0,
    revision: 'a',
    reason: undefined,
    message: undefined,
    conditions: [],
  };
  return { name: replica.pod, uid, ending: false, phase: 'Running', ...nothing, container };
}

const of = (endpoint: Partial<SliceEndpoint>, view = pod()) =>
  endpointsOf(
    [{ port: 8000, replicas: [{ ...replica, ...endpoint }] }],
    new Map([[view.name, view]]),
  );

test('a ready replica takes sessions at its own address', () => {
  const origin = 'http://10.0.0.1:8000';
  expect(of({})).toEqual([
    { instance: 'adapter-weather-0', uid: 'pod-1', origin, draining: false },
  ]);
  expect(of({ address: 'fd00::1' })[0]?.origin).toBe('http://[fd00::1]:8000');
});

test('a replica that is not ready serves nobody', () => {
  expect(of({ ready: false, serving: false })).toEqual([]);
});

test('a replica that ends keeps its sessions for as long as it serves', () => {
  const ending = { ready: false, terminating: true };
  expect(of({ ...ending, serving: true })[0]?.draining).toBe(true);
  expect(of({ ...ending, serving: false })).toEqual([]);
});

test('a container that was started again in its pod is another incarnation', () => {
  expect(of({}, pod(2))[0]?.uid).toBe('pod-1.2');
});

test('a slice that still tells of the pod before the present one is not believed', () => {
  expect(of({}, pod(0, 'pod-2'))).toEqual([]);
});

test('who waits hears of a change, and of nothing where nothing changed', async () => {
  const slices = new Map<string, SliceView>();
  const live = liveEndpoints(() => ({
    slices: { of: () => slices },
    pods: { of: () => new Map([[replica.pod, pod()]]) },
  }));
  const id = { kind: 'adapter', name: 'weather' } as const;
  const waiting = live.changed(id, AbortSignal.timeout(10_000));
  live.refresh('adapter/weather');
  expect(live.of(id)).toEqual([]);
  slices.set('a', { port: 8000, replicas: [replica] });
  live.refresh('adapter/weather');
  await waiting;
  expect(live.of(id)).toHaveLength(1);
});

test('who waits in vain gets the reason of the signal', async () => {
  const live = liveEndpoints(() => ({
    slices: { of: () => new Map() },
    pods: { of: () => new Map() },
  }));
  const reason = new Error('enough');
  const id = { kind: 'adapter', name: 'weather' } as const;
  await expect(live.changed(id, AbortSignal.abort(reason))).rejects.toBe(reason);
});
