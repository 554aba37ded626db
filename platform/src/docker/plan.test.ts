import { describe, expect, test } from '@jest/globals';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Replica } from './names.ts';
import { plan } from './plan.ts';
import type { Facts } from './plan.ts';

const workload = (replicas: number): Workload => ({
  kind: 'adapter',
  name: 'weather',
  uid: 'owner',
  image: { name: 'weather', version: '1' },
  replicas,
  environment: {},
  secretEnvironment: {},
  port: 8000,
  path: '/mcp',
  useWorkloadIdentity: false,
});
const wanted = (replicas: number) => ({ workload: workload(replicas), hash: 'new' });
const replica = (ordinal: number, change: Partial<Replica> = {}): Replica => ({
  id: `id-${ordinal}`,
  object: 'adapter-weather',
  workload: { kind: 'adapter', name: 'weather' },
  ordinal,
  instance: `adapter-weather-${ordinal}`,
  ownerUid: 'owner',
  hash: 'new',
  failures: 0,
  previous: false,
  state: 'running',
  port: 1,
  ...change,
});
const facts = (change: Partial<Facts> = {}): Facts => ({
  now: 1000,
  isReady: ({ state }) => state === 'running',
  restart: () => ({ at: 1500, failures: 1 }),
  notBefore: () => 0,
  ...change,
});
const old = { hash: 'old' };

test('nothing is done where all is as wanted', () => {
  expect(plan(wanted(2), [replica(0), replica(1)], facts()).actions).toEqual([]);
});

test('missing replicas are made, those too many end with a drain', () => {
  expect(plan(wanted(2), [replica(1), replica(2)], facts()).actions).toEqual([
    { kind: 'end', replica: replica(2), drain: true },
    { kind: 'create', ordinal: 0, failures: 0 },
  ]);
});

test('what is not wanted at all, or is of an earlier owner, ends without a drain', () => {
  expect(plan(undefined, [replica(0)], facts()).actions).toEqual([
    { kind: 'end', replica: replica(0), drain: false },
  ]);
  const heir = replica(0, { ownerUid: 'earlier' });
  expect(plan(wanted(0), [heir], facts()).actions).toEqual([
    { kind: 'end', replica: heir, drain: false },
  ]);
});

describe('outdated replicas', () => {
  test('are replaced one at a time, the highest first', () => {
    const all = [replica(0, old), replica(1, old)];
    expect(plan(wanted(2), all, facts()).actions).toEqual([
      { kind: 'end', replica: all[1], drain: true },
    ]);
  });

  test('wait while a new one is missing or not ready', () => {
    const isReady = ({ hash }: Replica) => hash === 'old';
    expect(plan(wanted(2), [replica(0, old), replica(1)], facts({ isReady })).actions).toEqual([]);
    expect(plan(wanted(2), [replica(0, old)], facts()).actions).toEqual([
      { kind: 'create', ordinal: 1, failures: 0 },
    ]);
  });

  test('that serve nobody go at once', () => {
    const useless = replica(0, { ...old, state: 'exited' });
    expect(plan(wanted(1), [useless], facts()).actions).toEqual([
      { kind: 'end', replica: useless, drain: false },
    ]);
  });
});

test('a replica that ended is made anew when its pause is over, and not before', () => {
  const ended = replica(0, { state: 'exited' });
  expect(plan(wanted(1), [ended], facts())).toEqual({ actions: [], wakeAt: 1500 });
  expect(plan(wanted(1), [ended], facts({ now: 1500 })).actions).toEqual([
    { kind: 'create', ordinal: 0, failures: 1, after: ended },
  ]);
});

test('a container that a crash left before its start is started', () => {
  const created = replica(0, { state: 'created' });
  expect(plan(wanted(1), [created], facts()).actions).toEqual([
    { kind: 'start', replica: created },
  ]);
});

test('what cannot be started now is tried later', () => {
  const notBefore = () => 3000;
  expect(plan(wanted(1), [], facts({ notBefore }))).toEqual({ actions: [], wakeAt: 3000 });
});

test('a container kept for its log takes no place', () => {
  const kept = replica(0, { id: 'kept', previous: true, state: 'exited' });
  expect(plan(wanted(1), [kept, replica(0)], facts()).actions).toEqual([]);
  expect(plan(wanted(1), [kept], facts()).actions).toEqual([
    { kind: 'create', ordinal: 0, failures: 0 },
  ]);
});
