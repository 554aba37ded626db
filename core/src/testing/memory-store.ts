import { GatewayError } from '../domain/errors.ts';
import type { ResourceStore, Stored } from '../ports/resource-store.ts';

/** A store that lives as long as its test. */
export interface MemoryStore<T extends { readonly name: string }> {
  readonly store: ResourceStore<T>;
  /** Makes a record unreadable, as a newer program or a fault might. */
  spoil: (name: string) => void;
}

/** An empty store. */
export function memoryStore<T extends { readonly name: string }>(): MemoryStore<T> {
  /** Undefined for what cannot be read. */
  const records = new Map<string, Stored<T> | undefined>();
  const isSpoilt = (name: string): boolean => records.has(name) && !records.get(name);
  let versions = 0;
  const put = (value: T): Stored<T> => {
    const stored = structuredClone({ value, etag: `v${++versions}` });
    records.set(value.name, stored);
    return stored;
  };
  const assertCurrent = (name: string, etag: string): void => {
    const current = records.get(name)?.etag;
    if (current === undefined) throw new GatewayError('not_found', `There is no '${name}'.`);
    if (current !== etag) throw new GatewayError('precondition_failed', `'${name}' has changed.`);
  };
  const store: ResourceStore<T> = {
    get: (name) =>
      attempt(() => {
        if (isSpoilt(name)) throw unreadable(name);
        return records.get(name);
      }),
    list: ({ limit = 100, after = '', unreadable: left } = {}) =>
      attempt(() => {
        const names = [...records.keys()].filter((name) => name > after).sort();
        const page: Stored<T>[] = [];
        for (const name of names) {
          const record = records.get(name);
          if (page.length >= limit) break;
          if (record) page.push(record);
          else left?.(name, unreadable(name));
        }
        return page;
      }),
    versions: () =>
      attempt(
        () => new Map([...records].map(([name, record]) => [name, record?.etag ?? 'spoilt'])),
      ),
    create: (value) =>
      attempt(() => {
        if (records.has(value.name)) throw new GatewayError('conflict', 'It exists already.');
        return put(value);
      }),
    replace: (value, etag) =>
      attempt(() => {
        assertCurrent(value.name, etag);
        return put(value);
      }),
    delete: (name, etag) =>
      attempt(() => {
        assertCurrent(name, etag);
        records.delete(name);
      }),
  };
  return { store, spoil: (name) => void records.set(name, undefined) };
}

function unreadable(name: string): GatewayError {
  return new GatewayError('unavailable', `The stored '${name}' is not valid.`);
}

function attempt<R>(act: () => R): Promise<R> {
  return new Promise((resolve) => resolve(act()));
}
