import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { accessPolicy } from '@mcp-gateway/core/domain/access';
import { AdapterSpec } from '@mcp-gateway/core/domain/adapter';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import pino from 'pino';
import {
  recordingOrchestrator,
  type RecordingOrchestrator,
} from '../testing/recording-orchestrator.ts';
import { temporaryStore, type TemporaryStore } from '../testing/temporary-store.ts';
import { ADAPTERS } from './kinds.ts';
import { reconcile } from './reconciler.ts';
import { resourceActions } from './resources.ts';

const ANN: Principal = { id: 'ann', roles: [], kind: 'user' };
const BOB: Principal = { id: 'bob', roles: ['shared'], kind: 'user' };
const log = pino({ level: 'silent' });
const SPEC = AdapterSpec.parse({ name: 'weather', imageName: 'a', imageVersion: '1', replicaCount: 2, requiredRoles: ['shared'] }); // prettier-ignore

let temporary: TemporaryStore;
let orchestrator: RecordingOrchestrator;

beforeEach(() => {
  temporary = temporaryStore();
  orchestrator = recordingOrchestrator();
});

afterEach(() => temporary.remove());

async function setup() {
  const told: (string | undefined)[] = [];
  const actions = resourceActions({
    kind: ADAPTERS,
    store: temporary.store,
    orchestrator,
    ranking: wordRanking(),
    access: accessPolicy({ adminRole: 'mcp.admin' }),
    written: async (name) => {
      const replicas = orchestrator.running.get(`adapter-${name}`)?.replicas;
      told.push(`${(await temporary.store.get(name))?.value.disabled?.reason} at ${replicas}`);
    },
    log,
    now: () => new Date('2026-01-02T03:04:05.000Z'),
    newUid: () => 'uid',
  });
  await actions.create(ANN, SPEC);
  told.length = 0;
  const replicas = () => orchestrator.running.get('adapter-weather')?.replicas;
  return { actions, told, replicas };
}

const OFF = { name: 'weather', off: { reason: 'attack' } };
const ON = { name: 'weather' };

test('what is switched off is refused first, then nothing of it runs, and everybody sees why', async () => {
  const { actions, told, replicas } = await setup();
  const { view } = await actions.turn(ANN, OFF);
  expect(told).toEqual(['attack at 2']);
  expect(replicas()).toBe(0);
  const disabled = { at: '2026-01-02T03:04:05.000Z', by: 'ann', reason: 'attack' };
  expect(view).toMatchObject({ replicaCount: 2, disabled });
  expect((await actions.get(BOB, 'weather')).view.disabled).toEqual(disabled);
  expect(await actions.status(BOB, 'weather')).toMatchObject({
    replicaStatus: 'Disabled',
    conditions: [{ reason: 'Disabled', message: 'Disabled by ann at 2026-01-02T03:04:05.000Z: attack' }],
  });
  await reconcile({ kind: ADAPTERS, store: temporary.store, orchestrator, log });
  expect(replicas()).toBe(0);
}); // prettier-ignore

test('what is switched on again runs as it did', async () => {
  const { actions, replicas } = await setup();
  await actions.turn(ANN, OFF);
  const { view } = await actions.turn(ANN, ON);
  expect(view.disabled).toBeUndefined();
  expect(replicas()).toBe(2);
  expect((await actions.status(ANN, 'weather')).replicaStatus).not.toBe('Disabled');
});

test('switching again changes nothing but a reason', async () => {
  const { actions } = await setup();
  const { etag: untouched } = await actions.get(ANN, 'weather');
  expect((await actions.turn(ANN, ON)).etag).toBe(untouched);
  const { etag } = await actions.turn(ANN, OFF);
  expect((await actions.turn(ANN, OFF)).etag).toBe(etag);
  const without = await actions.turn(ANN, { name: 'weather', off: {} });
  expect([without.etag, without.view.disabled?.reason]).toEqual([etag, 'attack']);
  const other = await actions.turn(ANN, { name: 'weather', off: { reason: 'other' } });
  expect(other.view.disabled?.reason).toBe('other');
});

test('replacing does not switch on, and deleting works', async () => {
  const { actions, replicas } = await setup();
  await actions.turn(ANN, OFF);
  const { view } = await actions.replace(ANN, { name: 'weather', spec: { ...SPEC, replicaCount: 3 } }); // prettier-ignore
  expect(view.disabled?.reason).toBe('attack');
  expect(replicas()).toBe(0);
  await actions.remove(ANN, 'weather', undefined);
  expect(orchestrator.running.size).toBe(0);
});

test('only who may change it may switch it, and only the version that they have seen', async () => {
  const { actions, replicas } = await setup();
  await expect(actions.turn(BOB, OFF)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(actions.turn(ANN, { ...OFF, precondition: ['stale'] })).rejects.toMatchObject({
    code: 'precondition_failed',
  });
  await expect(actions.turn(ANN, { ...OFF, name: 'other' })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(replicas()).toBe(2);
});
