import { beforeEach, expect, test } from '@jest/globals';
import { AdapterSpec, type Adapter } from '../domain/adapter.ts';
import { memoryStore, type MemoryStore } from '../testing/memory-store.ts';
import type { Log } from './log.ts';
import { resourceDirectory } from './resource-directory.ts';
import type { ResourceStore } from './resource-store.ts';

const silent = (): void => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
let kept: MemoryStore<Adapter>;

beforeEach(() => {
  kept = memoryStore();
});

function adapter(name: string): Adapter {
  const at = '2026-01-01T00:00:00.000Z';
  const spec = AdapterSpec.parse({ name, imageName: 'a', imageVersion: '1' });
  return { ...spec, uid: `uid-${name}`, createdBy: 'ann', createdAt: at, lastUpdatedAt: at };
}

function setup({ wrap = {} }: { wrap?: Partial<ResourceStore<Adapter>> } = {}) {
  const asked: string[] = [];
  const store: ResourceStore<Adapter> = {
    ...kept.store,
    get: (name) => {
      asked.push(name);
      return kept.store.get(name);
    },
    ...wrap,
  };
  const directory = resourceDirectory({ kind: 'adapter', store, log, missTtlMs: 60_000 });
  return { directory, asked, store: kept.store };
}

test('what a refresh has read is found without a wait and without the store', async () => {
  const { directory, asked, store } = setup();
  for (let i = 0; i < 250; i++) await store.create(adapter(`a${i}`));
  expect(directory.healthy()).toBe(false);
  await directory.refresh();
  expect(directory.healthy()).toBe(true);
  expect(directory.find('a249')).toMatchObject({ uid: 'uid-a249' });
  expect(directory.all()).toHaveLength(250);
  expect(asked).toEqual([]);
});

test('a name made elsewhere a moment ago is found by one look, however many ask', async () => {
  const { directory, asked, store } = setup();
  await directory.refresh();
  await store.create(adapter('new'));
  const found = await Promise.all(Array.from({ length: 50 }, async () => directory.find('new')));
  expect(found.every((one) => one?.name === 'new')).toBe(true);
  expect(asked).toEqual(['new']);
});

test('a name that does not exist is asked for once, one that cannot exist never', async () => {
  const { directory, asked } = setup();
  await directory.refresh();
  expect(await directory.find('nobody')).toBeUndefined();
  expect(directory.find('nobody')).toBeUndefined();
  expect(directory.find('../etc')).toBeUndefined();
  expect(directory.find('gateway')).toBeUndefined();
  expect(asked).toEqual(['nobody']);
});

test('a local write is seen at once, also of a name that was missed before', async () => {
  const { directory, store } = setup();
  await directory.refresh();
  await directory.find('late');
  const { value, etag } = await store.create(adapter('late'));
  await directory.reload('late');
  expect(directory.find('late')).toMatchObject({ name: 'late' });
  await store.replace({ ...value, deletedAt: value.createdAt }, etag);
  await directory.reload('late');
  expect(await directory.find('late')).toBeUndefined();
});

test('a refresh that began before a local write does not undo it', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { directory, store } = setup({
    wrap: {
      list: async (options) => {
        const page = await kept.store.list(options);
        await held;
        return page;
      },
    },
  });
  await store.create(adapter('early'));
  const refreshing = directory.refresh();
  await store.create(adapter('late'));
  await directory.reload('late');
  release();
  await refreshing;
  expect(directory.find('late')).toMatchObject({ name: 'late' });
  expect(directory.all().map(({ name }) => name)).toEqual(['early', 'late']);
});

test('records are read again only when one has changed, whoever changed it', async () => {
  let lists = 0;
  const list: ResourceStore<Adapter>['list'] = (options) => {
    lists++;
    return kept.store.list(options);
  };
  const { directory, store } = setup({ wrap: { list } });
  const names = async () => {
    await directory.refresh();
    return directory.all().map(({ name }) => name);
  };
  const a = await store.create(adapter('a'));
  await store.create(adapter('b'));
  expect(await names()).toEqual(['a', 'b']);
  expect(await names()).toEqual(['a', 'b']);
  expect(lists).toBe(1);
  await store.replace({ ...a.value, description: 'new' }, a.etag);
  await names();
  expect(directory.find('a')).toMatchObject({ description: 'new' });
  const c = await store.create(adapter('c'));
  await directory.reload('c');
  expect(await names()).toEqual(['a', 'b', 'c']);
  expect(lists).toBe(2);
  await store.delete('c', c.etag);
  expect(await names()).toEqual(['a', 'b']);
  kept.spoil('b');
  await names();
  expect(directory.unreadable()).toEqual(['b']);
  await names();
  expect(lists).toBe(4);
});

test('a failing store leaves the last known adapters and says so', async () => {
  let broken = false;
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    if (broken) throw new Error('disk');
    return work();
  };
  const { directory, store } = setup({
    wrap: {
      list: (options) => failing(() => kept.store.list(options)),
      get: (name) => failing(() => kept.store.get(name)),
      versions: () => failing(kept.store.versions),
    },
  });
  await store.create(adapter('known'));
  broken = true;
  await directory.refresh();
  expect([directory.healthy(), directory.loaded()]).toEqual([false, false]);
  broken = false;
  await directory.refresh();
  broken = true;
  await directory.refresh();
  expect([directory.healthy(), directory.loaded()]).toEqual([false, true]);
  expect(directory.find('known')).toMatchObject({ name: 'known' });
  await expect(directory.find('unknown')).rejects.toMatchObject({ code: 'unavailable' });
  broken = false;
  await directory.refresh();
  expect(directory.healthy()).toBe(true);
  expect(await directory.find('unknown')).toBeUndefined();
});

test('a record that cannot be read hides no other one, and what was known of it stays', async () => {
  const { directory, store } = setup();
  for (const name of ['a', 'b', 'c']) await store.create(adapter(name));
  kept.spoil('a');
  await directory.refresh();
  kept.spoil('b');
  await store.create(adapter('d'));
  await directory.refresh();
  expect(directory.healthy()).toBe(true);
  expect(directory.unreadable()).toEqual(['a', 'b']);
  expect(directory.all().map(({ name }) => name)).toEqual(['b', 'c', 'd']);
  await expect(directory.find('a')).rejects.toMatchObject({ code: 'unavailable' });
});

test('looks for names that nobody knows are bounded in number and time', async () => {
  const { directory } = setup({ wrap: { get: () => new Promise(() => undefined) } });
  await directory.refresh();
  const looks = Array.from({ length: 64 }, async (_, i) => directory.find(`n${i}`));
  expect(() => directory.find('one-more')).toThrow(
    expect.objectContaining({ code: 'unavailable' }),
  );
  const outcomes = await Promise.allSettled(looks);
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
});
