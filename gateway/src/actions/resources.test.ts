import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { accessPolicy } from '@mcp-gateway/core/domain/access';
import { AdapterSpec, type Adapter } from '@mcp-gateway/core/domain/adapter';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { ResourceStore } from '@mcp-gateway/core/ports/resource-store';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import pino from 'pino';
import {
  recordingOrchestrator,
  type RecordingOrchestrator,
} from '../testing/recording-orchestrator.ts';
import { temporaryStore, type TemporaryStore } from '../testing/temporary-store.ts';
import { ADAPTERS } from './kinds.ts';
import { reconcile } from './reconciler.ts';
import { resourceActions, type AdapterActions } from './resources.ts';

const ANN: Principal = { id: 'ann', roles: [], kind: 'user' };
const ROOT: Principal = { id: 'root', roles: ['mcp.admin'], kind: 'user' };
const log = pino({ level: 'silent' });

let temporary: TemporaryStore;
let orchestrator: RecordingOrchestrator;

beforeEach(() => {
  temporary = temporaryStore();
  orchestrator = recordingOrchestrator();
});

afterEach(() => temporary.remove());

let uids = 0;

function actions(store: ResourceStore<Adapter> = temporary.store): AdapterActions {
  return resourceActions({
    kind: ADAPTERS,
    store,
    orchestrator,
    ranking: wordRanking(),
    access: accessPolicy({ adminRole: 'mcp.admin' }),
    written: () => Promise.resolve(),
    log,
    now: () => new Date(),
    newUid: () => `uid-${++uids}`,
  });
}

const round = () => reconcile({ kind: ADAPTERS, store: temporary.store, orchestrator, log });

function spec(changes: object = {}): AdapterSpec {
  return AdapterSpec.parse({ name: 'weather', imageName: 'a', imageVersion: '1', ...changes });
}

const unavailable = new GatewayError('unavailable', 'Not now.');

test('a record that cannot be read is in nobody’s way and is left as it is', async () => {
  for (const name of ['a', 'b', 'c']) await actions().create(ANN, spec({ name }));
  temporary.spoil('b');
  const { items } = await actions().list(ANN, { limit: 10 });
  expect(items.map(({ name }) => name)).toEqual(['a', 'c']);
  orchestrator.calls.length = 0;
  const result = await round();
  expect(result).toEqual({ settled: 2, failed: 1 });
  expect(orchestrator.calls).toEqual(['apply a', 'apply c']);
  expect(orchestrator.running.has('adapter-b')).toBe(true);
  for (const act of [
    () => actions().get(ANN, 'b'),
    () => actions().remove(ROOT, 'b', undefined),
    () => actions().replace(ANN, { name: 'b', spec: spec({ name: 'b' }) }),
    () => actions().create(ANN, spec({ name: 'b' })),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'unavailable' });
  }
});

test('a deletion that the platform cannot finish keeps the name until it is repeated', async () => {
  await actions().create(ANN, spec());
  orchestrator.before = (operation) => {
    if (operation === 'remove') throw unavailable;
  };
  await expect(actions().remove(ANN, 'weather', undefined)).rejects.toThrow('Not now.');
  await expect(actions().get(ANN, 'weather')).rejects.toMatchObject({ code: 'not_found' });
  await expect(actions().create(ANN, spec())).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('being deleted'),
  });
  expect(orchestrator.running.has('adapter-weather')).toBe(true);

  orchestrator.before = () => undefined;
  await actions().remove(ANN, 'weather', undefined);
  expect(orchestrator.running.size).toBe(0);
  await actions().create(ANN, spec());
});

test('a deletion that a crash cut off is finished by the next round of repair', async () => {
  await actions().create(ANN, spec());
  orchestrator.before = (operation) => {
    if (operation === 'remove') throw unavailable;
  };
  await expect(actions().remove(ANN, 'weather', undefined)).rejects.toThrow();
  orchestrator.before = () => undefined;
  expect(await round()).toEqual({
    settled: 1,
    failed: 0,
  });
  expect(await temporary.store.get('weather')).toBeUndefined();
  expect(orchestrator.running.size).toBe(0);
});

test('an adapter that could be neither applied nor taken back is not served, and goes later', async () => {
  orchestrator.before = (operation) => {
    if (operation !== 'check') throw unavailable;
  };
  await expect(actions().create(ANN, spec())).rejects.toMatchObject({ code: 'unavailable' });
  await expect(actions().get(ANN, 'weather')).rejects.toMatchObject({ code: 'not_found' });
  orchestrator.before = () => undefined;
  await round();
  expect(await temporary.store.get('weather')).toBeUndefined();
});

test('what the platform refuses of a replacement is put back as it was', async () => {
  await actions().create(ANN, spec());
  orchestrator.before = (operation) => {
    if (operation !== 'apply' || orchestrator.calls.filter((c) => c.startsWith('apply')).length > 2)
      return;
    throw new GatewayError('invalid_request', 'Too large.');
  };
  const next = spec({ imageVersion: '2' });
  await expect(actions().replace(ANN, { name: 'weather', spec: next })).rejects.toThrow(
    'Too large.',
  );
  expect((await actions().get(ANN, 'weather')).view.imageVersion).toBe('1');
  expect(orchestrator.running.get('adapter-weather')?.image.version).toBe('1');
});

test('a replacement that could not be applied now is applied by the next round of repair', async () => {
  await actions().create(ANN, spec());
  orchestrator.before = (operation) => {
    if (operation === 'apply') throw unavailable;
  };
  const next = spec({ imageVersion: '2' });
  await expect(actions().replace(ANN, { name: 'weather', spec: next })).rejects.toThrow('Not now.');
  orchestrator.before = () => undefined;
  await round();
  expect(orchestrator.running.get('adapter-weather')?.image.version).toBe('2');
});

test('of many replacements at the same time all are done, and the last one runs', async () => {
  await actions().create(ANN, spec());
  await Promise.all(
    Array.from({ length: 4 }, (_, i) =>
      actions().replace(ANN, {
        name: 'weather',
        spec: spec({ imageVersion: `v${i}` }),
      }),
    ),
  );
  const { view } = await actions().get(ANN, 'weather');
  expect(orchestrator.running.get('adapter-weather')?.image.version).toBe(view.imageVersion);
});

test('a replacement that was read before another write does not undo it silently', async () => {
  await actions().create(ANN, spec());
  const always: ResourceStore<Adapter> = {
    ...temporary.store,
    replace: () => Promise.reject(new GatewayError('precondition_failed', 'Changed.')),
  };
  const put = actions(always).replace(ANN, {
    name: 'weather',
    spec: spec(),
  });
  await expect(put).rejects.toMatchObject({ code: 'conflict' });
  const { etag } = await actions().get(ANN, 'weather');
  const named = actions(always).replace(ANN, {
    name: 'weather',
    spec: spec(),
    precondition: [etag],
  });
  await expect(named).rejects.toMatchObject({ code: 'precondition_failed' });
});

test('an adapter deleted while it is being replaced does not come back to life', async () => {
  await actions().create(ANN, spec());
  let deleted = false;
  orchestrator.before = async (operation) => {
    if (operation !== 'apply' || deleted) return;
    deleted = true;
    await actions().remove(ANN, 'weather', undefined);
  };
  await actions().replace(ANN, {
    name: 'weather',
    spec: spec({ imageVersion: '2' }),
  });
  expect(await temporary.store.get('weather')).toBeUndefined();
  expect(orchestrator.running.size).toBe(0);
});

test('whatever comes of creating and deleting at the same time, store and platform agree', async () => {
  for (let round = 0; round < 20; round++) {
    await Promise.allSettled([
      actions().create(ANN, spec()),
      actions().remove(ANN, 'weather', undefined),
      actions().create(ROOT, spec()),
      actions().remove(ROOT, 'weather', undefined),
    ]);
    const stored = await temporary.store.get('weather');
    expect(stored?.value.deletedAt).toBeUndefined();
    expect(orchestrator.running.get('adapter-weather')?.uid).toBe(stored?.value.uid);
  }
});

test('workload identity needs its right, for the owner as well, to get it and to keep it', async () => {
  const wanted = spec({ useWorkloadIdentity: true });
  await expect(actions().create(ANN, wanted)).rejects.toMatchObject({ code: 'forbidden' });
  await actions().create(ANN, spec());
  const taken = actions().replace(ANN, { name: 'weather', spec: wanted });
  await expect(taken).rejects.toMatchObject({ code: 'forbidden' });
  await actions().replace(ROOT, { name: 'weather', spec: wanted });
  const kept = actions().replace(ANN, {
    name: 'weather',
    spec: { ...wanted, imageVersion: '2' },
  });
  await expect(kept).rejects.toMatchObject({ code: 'forbidden' });
  const { view } = await actions().replace(ANN, {
    name: 'weather',
    spec: spec(),
  });
  expect(view.useWorkloadIdentity).toBe(false);
});

test('a round of repair mends drift, removes what nobody owns, and one failure stops no other', async () => {
  for (const name of ['a', 'b', 'c']) await actions().create(ANN, spec({ name }));
  const { running } = orchestrator;
  const stray = running.get('adapter-a')!;
  running.set('adapter-stray', { ...stray, name: 'stray' });
  running.set('tool-other', { ...stray, kind: 'tool', name: 'other' });
  running.delete('adapter-c');
  orchestrator.before = (_, name) => {
    if (name === 'b') throw new Error('broken');
  };
  expect(await round()).toEqual({
    settled: 3,
    failed: 1,
  });
  expect([...running.keys()].sort()).toEqual(['adapter-a', 'adapter-b', 'adapter-c', 'tool-other']);
});
