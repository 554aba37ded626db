import { GatewayError } from '../domain/errors.ts';

const DEFAULT_LIMIT = 100;

/** A stored value with the version that a conditional write must name. */
export interface Stored<T> {
  readonly value: T;
  /** Opaque; changes with every write (RFC 9110 section 8.8.3, without the quotes). */
  readonly etag: string;
}

export interface ListOptions {
  /** At most this many, 100 when absent. */
  readonly limit?: number;
  /** Only names after this one. */
  readonly after?: string;
  /** Told of each record that was left out because this program cannot read it. */
  readonly unreadable?: Unreadable;
}

/** Hears of a record that is there but cannot be read. */
export type Unreadable = (name: string, cause: unknown) => void;

/** Keeps the resources of one kind by name; every write is conditional, so no update is ever lost. */
export interface ResourceStore<T extends { readonly name: string }> {
  /** Throws `unavailable` for a record that cannot be read: it is somebody's, so it is not taken for absent. */
  get: (name: string) => Promise<Stored<T> | undefined>;
  /** Ordered by name (by code unit). A record that cannot be read is left out, so that it hides no other one. */
  list: (options?: ListOptions) => Promise<readonly Stored<T>[]>;
  /** The version of every record by name, readable or not; costs so little that it may be asked every second. */
  versions: () => Promise<ReadonlyMap<string, string>>;
  /** Throws `conflict` when the name is taken. */
  create: (value: T) => Promise<Stored<T>>;
  /** Throws `precondition_failed` when the stored version is not `etag`, `not_found` when there is none. */
  replace: (value: T, etag: string) => Promise<Stored<T>>;
  /** Throws as `replace` does. */
  delete: (name: string, etag: string) => Promise<void>;
}

/** Whether nothing has changed between two answers of `versions`. */
export function sameVersions(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): boolean {
  if (one.size !== other.size) return false;
  for (const [name, version] of one) if (other.get(name) !== version) return false;
  return true;
}

/** What a store holds under a name; opening it throws when it is not what this program stores. */
export interface StoredRecord<T> {
  readonly name: string;
  readonly open: () => Stored<T>;
}

/** A page of a list: records that cannot be read are told and left out, and others come in their place. */
export async function readablePage<T>(
  { limit = DEFAULT_LIMIT, after = '', unreadable }: ListOptions,
  next: (after: string, limit: number) => Promise<readonly StoredRecord<T>[]>,
): Promise<readonly Stored<T>[]> {
  const found: Stored<T>[] = [];
  for (let from = after; found.length < limit;) {
    const wanted = limit - found.length;
    const records = await next(from, wanted);
    for (const { name, open } of records) {
      try {
        found.push(open());
      } catch (error) {
        unreadable?.(name, error);
      }
    }
    const last = records.at(-1);
    if (last === undefined || records.length < wanted) break;
    from = last.name;
  }
  return found;
}

/** The value of a record that `parse` reads; throws `unavailable` when it is not one, or names itself otherwise. */
export function readable<T extends { readonly name: string }>(
  name: string,
  collection: string,
  parse: () => T,
): T {
  try {
    const value = parse();
    if (value.name !== name) throw new Error(`it names itself '${value.name}'`);
    return value;
  } catch (cause) {
    const message = `The stored '${name}' of ${collection} is not valid; an operator has to restore it.`;
    throw new GatewayError('unavailable', message, { cause, retryAfterSeconds: 60 });
  }
}

/** All values of a store (or those after a name), page by page, ordered by name. */
export async function* allOf<T extends { readonly name: string }>(
  store: ResourceStore<T>,
  { limit = 100, after: start, ...options }: ListOptions = {},
): AsyncGenerator<Stored<T>> {
  for (let after = start; ;) {
    const page = await store.list({ ...options, limit, ...(after !== undefined && { after }) });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    after = last.value.name;
  }
}
