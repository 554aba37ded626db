import { expect, test } from '@jest/globals';
import { endpointsIn } from './service-endpoints.ts';

const READY = { ready: true, serving: true, terminating: false };
type Slice = Parameters<typeof endpointsIn>[0];

const slice = (more: object = {}, ports: object | undefined = [{ port: 8000 }]): Slice =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'tool-router-x' },
    addressType: 'IPv4',
    ports,
    endpoints: [
      {
        addresses: ['10.0.0.1', '10.0.0.9'],
        conditions: READY,
        targetRef: { kind: 'Pod', name: 'tool-router-1', uid: 'pod-1' },
        ...more,
      },
    ],
  }) as Slice;

test('a ready pod takes calls at its first address and the port of the Service’s pods', () => {
  expect(endpointsIn(slice())).toEqual([
    { instance: 'tool-router-1', uid: 'pod-1', origin: 'http://10.0.0.1:8000', draining: false },
  ]);
  expect(endpointsIn(slice({ addresses: ['fd00::1'] }))[0]?.origin).toBe('http://[fd00::1]:8000');
});

test.each([
  ['is not ready', { conditions: { ...READY, ready: false } }],
  ['says nothing of itself', { conditions: undefined }],
  ['ends and serves no more', { conditions: { ready: false, serving: false, terminating: true } }],
  ['has no address', { addresses: [] }],
  ['is no pod that could be told from the next of its name', { targetRef: undefined }],
])('a pod that %s takes none', (_what, more) => {
  expect(endpointsIn(slice(more))).toEqual([]);
});

test('a pod that ends keeps the sessions that it has for as long as it serves', () => {
  const conditions = { ready: false, serving: true, terminating: true };
  expect(endpointsIn(slice({ conditions }))).toMatchObject([{ uid: 'pod-1', draining: true }]);
});

test('a slice without ports or endpoints is of nobody', () => {
  expect(endpointsIn(slice({}, []))).toEqual([]);
  expect(endpointsIn({ ...slice(), ports: undefined } as unknown as Slice)).toEqual([]);
  expect(endpointsIn({ ...slice(), endpoints: undefined } as unknown as Slice)).toEqual([]);
});
