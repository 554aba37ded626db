import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { ErrorCode } from '../domain/errors.ts';
import { isGatewayError } from '../domain/errors.ts';
import { allOf } from '../ports/resource-store.ts';
import type { ResourceStore } from '../ports/resource-store.ts';

/** What the suite stores. */
export const Sample = z.object({ name: z.string(), note: z.string() });
export type Sample = z.output<typeof Sample>;

/** A fresh, empty store of samples, and a second one that sees the same data. */
export interface StoreUnderTest {
  readonly store: ResourceStore<Sample>;
  readonly sameData: ResourceStore<Sample>;
  readonly otherKind: ResourceStore<Sample>;
  /** Puts something that is no sample under a name of `store`, past the store itself. */
  readonly spoil: (
    name: string,
    content: Readonly<Record<string, unknown>>,
  ) => Promise<void> | void;
  readonly close: () => Promise<void> | void;
}

/** The promises of `ResourceStore`, for every implementation. */
export function describeResourceStore(
  title: string,
  make: () => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  describe(`${title} keeps the promises of a resource store`, () => {
    let under: StoreUnderTest;
    let store: ResourceStore<Sample>;
    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(() => under.close());

    const sample = (name: string, note = ''): Sample => ({ name, note });
    const namesOf = async (options?: Parameters<typeof store.list>[0]) =>
      (await store.list(options)).map(({ value }) => value.name);
    const filled = async (...names: string[]) => {
      for (const name of names) await store.create(sample(name));
    };

    test('what was created is read as it was written, by everybody', async () => {
      const note = 'quotes " \' \\ , lines \n, emoji 🌦 and \u0000';
      const { etag } = await store.create(sample('a', note));
      expect(await store.get('a')).toEqual({ value: sample('a', note), etag });
      expect(await under.sameData.get('a')).toEqual({ value: sample('a', note), etag });
    });

    test('a name that is not there is undefined', async () => {
      await filled('a');
      expect(await store.get('b')).toBeUndefined();
      expect(await store.get('A')).toBeUndefined();
      expect(await store.get("' OR '1'='1")).toBeUndefined();
    });

    test('kinds do not share names', async () => {
      await store.create(sample('a', 'one'));
      await under.otherKind.create(sample('a', 'two'));
      expect((await store.get('a'))?.value.note).toBe('one');
      expect(await under.otherKind.list()).toHaveLength(1);
    });

    test('a taken name is a conflict and changes nothing', async () => {
      const first = await store.create(sample('a', 'first'));
      await expectCode('conflict', store.create(sample('a', 'second')));
      expect(await store.get('a')).toEqual(first);
    });

    test('of many creators of one name exactly one succeeds', async () => {
      const attempts = Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? store : under.sameData).create(sample('a', String(index))),
      );
      const results = await Promise.allSettled(attempts);
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect(await store.get('a')).toEqual(won[0]?.value);
      for (const result of results) {
        if (result.status === 'rejected')
          expect(isGatewayError(result.reason, 'conflict')).toBe(true);
      }
    });

    test('a replacement replaces the whole value and gives a new version', async () => {
      const first = await store.create(sample('a', 'first'));
      const second = await store.replace(sample('a', 'second'), first.etag);
      expect(second.etag).not.toBe(first.etag);
      expect(await store.get('a')).toEqual({ value: sample('a', 'second'), etag: second.etag });
    });

    test('an equal replacement gives a new version too', async () => {
      const first = await store.create(sample('a'));
      expect((await store.replace(sample('a'), first.etag)).etag).not.toBe(first.etag);
    });

    test('a stale version is refused and changes nothing', async () => {
      const first = await store.create(sample('a', 'first'));
      const second = await store.replace(sample('a', 'second'), first.etag);
      await expectCode('precondition_failed', store.replace(sample('a', 'third'), first.etag));
      await expectCode('precondition_failed', store.delete('a', first.etag));
      await expectCode('precondition_failed', store.delete('a', ''));
      expect(await store.get('a')).toEqual(second);
    });

    test('of many writers with one version exactly one succeeds', async () => {
      const { etag } = await store.create(sample('a'));
      const attempts = Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? store : under.sameData).replace(sample('a', String(index)), etag),
      );
      const results = await Promise.allSettled(attempts);
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect(await store.get('a')).toEqual(won[0]?.value);
    });

    test('no lost update: increments by read and conditional write all count', async () => {
      await store.create(sample('a', '0'));
      const increment = async (by: ResourceStore<Sample>): Promise<void> => {
        for (;;) {
          const { value, etag } = (await by.get('a'))!;
          try {
            await by.replace(sample('a', String(Number(value.note) + 1)), etag);
            return;
          } catch (error) {
            if (!isGatewayError(error, 'precondition_failed')) throw error;
          }
        }
      };
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => increment(index % 2 ? store : under.sameData)),
      );
      expect((await store.get('a'))?.value.note).toBe('8');
    });

    test('replacing and deleting what is not there is not_found', async () => {
      await expectCode('not_found', store.replace(sample('a'), 'any'));
      await expectCode('not_found', store.delete('a', 'any'));
      const { etag } = await store.create(sample('a'));
      await store.delete('a', etag);
      await expectCode('not_found', store.delete('a', etag));
      await expectCode('not_found', store.replace(sample('a'), etag));
    });

    test('what was deleted is gone and its name is free', async () => {
      const { etag } = await store.create(sample('a', 'first'));
      await store.delete('a', etag);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.list()).toEqual([]);
      await store.create(sample('a', 'second'));
      expect((await store.get('a'))?.value.note).toBe('second');
    });

    test('a version is never used again, not even by an equal successor', async () => {
      const seen = new Set<string>();
      for (let round = 0; round < 5; round++) {
        const { etag } = await store.create(sample('a'));
        const next = await store.replace(sample('a'), etag);
        seen.add(etag).add(next.etag);
        await store.delete('a', next.etag);
      }
      expect(seen.size).toBe(10);
      await store.create(sample('a'));
      for (const etag of seen) await expectCode('precondition_failed', store.delete('a', etag));
    });

    test('versions fit into an ETag header', async () => {
      const { etag } = await store.create(sample('a'));
      expect(etag).toMatch(/^[\x21\x23-\x7e]+$/);
    });

    test('a list has all values with their versions, by code unit', async () => {
      await filled('b', 'a-1', 'a', 'a1', 'ab', 'z', 'a-');
      expect(await namesOf()).toEqual(['a', 'a-', 'a-1', 'a1', 'ab', 'b', 'z']);
      for (const item of await store.list()) expect(await store.get(item.value.name)).toEqual(item);
    });

    test('a list goes on after a name, whether that is there or not', async () => {
      await filled('a', 'c', 'e');
      expect(await namesOf({ after: 'a' })).toEqual(['c', 'e']);
      expect(await namesOf({ after: 'b' })).toEqual(['c', 'e']);
      expect(await namesOf({ after: 'e' })).toEqual([]);
    });

    test('a list has at most as many as asked for, 100 when not asked', async () => {
      const names = Array.from({ length: 103 }, (_, index) => `n${String(index).padStart(3, '0')}`);
      await filled(...names);
      expect(await namesOf({ limit: 2 })).toEqual(names.slice(0, 2));
      expect(await namesOf({ limit: 2, after: names[1]! })).toEqual(names.slice(2, 4));
      expect(await namesOf({ limit: 200 })).toEqual(names);
      expect(await namesOf()).toEqual(names.slice(0, 100));
    });

    test('a record that cannot be read is not taken for absent', async () => {
      await under.spoil('a', { name: 'a' });
      await under.spoil('b', { name: 'other', note: '' });
      for (const name of ['a', 'b']) {
        await expectCode('unavailable', store.get(name));
        await expectCode('conflict', store.create(sample(name)));
      }
    });

    test('a record that cannot be read hides no other one, whatever the size of a page', async () => {
      await filled('b', 'd', 'f');
      for (const name of ['a', 'c', 'g']) await under.spoil(name, { name });
      await under.spoil('e', { name: 'a-other', note: '' });
      for (const limit of [1, 2, 3, 100]) {
        const found: string[] = [];
        const told = new Map<string, unknown>();
        const unreadable = (name: string, cause: unknown): void => void told.set(name, cause);
        for await (const { value } of allOf(store, { limit, unreadable })) found.push(value.name);
        expect(found).toEqual(['b', 'd', 'f']);
        expect([...told.keys()]).toEqual(['a', 'c', 'e', 'g']);
        expect(isGatewayError(told.get('c'), 'unavailable')).toBe(true);
      }
      expect(await namesOf({ limit: 2 })).toEqual(['b', 'd']);
    });

    test('versions are those of all records, also of what cannot be read', async () => {
      expect((await store.versions()).size).toBe(0);
      const [a, b] = [await store.create(sample('a')), await store.create(sample('b'))];
      await under.spoil('c', { name: 'c' });
      await under.otherKind.create(sample('d'));
      expect([...(await under.sameData.versions()).keys()].sort()).toEqual(['a', 'b', 'c']);
      const second = await store.replace(sample('a'), a.etag);
      await store.delete('b', b.etag);
      const versions = await store.versions();
      expect(versions.get('a')).toBe(second.etag);
      expect([...versions.keys()].sort()).toEqual(['a', 'c']);
    });

    test('all pages together are the whole, each value once', async () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      await filled(...names);
      for (const size of [1, 2, 5, 6]) {
        const found: string[] = [];
        for await (const { value } of allOf(store, { limit: size })) found.push(value.name);
        expect(found).toEqual(names);
      }
    });
  });
}

async function expectCode(code: ErrorCode, act: Promise<unknown>): Promise<void> {
  const error = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'GatewayError', code });
}
