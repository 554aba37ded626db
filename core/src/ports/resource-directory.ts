import { GatewayError } from '../domain/errors.ts';
import { ResourceName, type ResourceKind } from '../domain/naming.ts';
import type { Resource } from '../domain/resource.ts';
import type { Log } from './log.ts';
import { allOf, sameVersions, type ResourceStore } from './resource-store.ts';

/** Larger than a page for people: a store answers a few large questions sooner than many small ones. */
const PAGE = 1000;
const LOOK_TIMEOUT_MS = 2_000;
const MAX_LOOKS_AT_ONCE = 64;
const REMEMBERED_MISSES = 10_000;

/** Resources of one kind by name from memory; a name that is not known yet may cost one bounded look into the store. */
export interface ResourceDirectory<R extends Resource> {
  find: (name: string) => R | undefined | Promise<R | undefined>;
}

/** The directory with what keeps it fresh. */
export interface RefreshedDirectory<R extends Resource> extends ResourceDirectory<R> {
  /** Reads one name anew; called after each local write. */
  reload: (name: string) => Promise<void>;
  /** Reads everything anew if anything has changed; a failing store leaves the last known view. */
  refresh: () => Promise<void>;
  /** True while the last refresh succeeded. */
  healthy: () => boolean;
  /** True once one has succeeded: what there is to know is known, if perhaps no longer the newest of it. */
  loaded: () => boolean;
  /** Names of the records that the last refresh could not read. */
  unreadable: () => readonly string[];
  /** Everything that is known, ordered by name. */
  all: () => readonly R[];
}

export interface DirectoryOptions<R extends Resource> {
  readonly kind: ResourceKind;
  readonly store: ResourceStore<R>;
  readonly log: Log;
  /** How long a name that the store did not know is not asked for again. */
  readonly missTtlMs: number;
}

/** A directory over the store; empty until its first refresh, and what is under deletion is not in it. */
export function resourceDirectory<R extends Resource>({
  kind,
  store,
  log,
  missTtlMs,
}: DirectoryOptions<R>): RefreshedDirectory<R> {
  let known = nothingKnown<R>();
  let healthy = false;
  let loaded = false;
  let unreadable: readonly string[] = [];
  /** Names read on their own while a refresh runs; theirs are newer than the refresh's. */
  let newer: Set<string> | undefined;
  let refreshing: Promise<void> | undefined;
  const misses = rememberedMisses(missTtlMs);
  const looks = boundedLooks<R>(kind);

  const readOne = async (name: string): Promise<R | undefined> => {
    const stored = await store.get(name);
    const resource = living(stored?.value);
    newer?.add(name);
    put(known.resources, name, resource);
    put(known.versions, name, stored?.etag);
    return resource;
  };

  const readAll = async (): Promise<void> => {
    newer = new Set();
    const current = await store.versions();
    if (sameVersions(current, known.versions)) return;
    const { failures, ...read } = await everything(store);
    for (const [name, err] of failures) {
      if (!unreadable.includes(name)) log.error({ [kind]: name, err }, `stored ${kind} unreadable`);
    }
    unreadable = [...failures.keys()];
    // What was known of it stays, as it does when the whole store cannot be read.
    keep({ ...known, versions: current }, unreadable, read);
    keep(known, newer, read);
    known = read;
  };

  const refresh = async (): Promise<void> => {
    try {
      await readAll();
      if (!healthy) log.info({ [`${kind}s`]: known.resources.size }, `${kind}s known`);
      [healthy, loaded] = [true, true];
    } catch (error) {
      if (healthy) log.warn({ err: error }, `store cannot be read, the last known ${kind}s stay`);
      healthy = false;
    } finally {
      newer = undefined;
    }
  };

  return {
    find: (name) => {
      const resource = known.resources.get(name);
      if (resource) return resource;
      if (misses.has(name) || !ResourceName.safeParse(name).success) return undefined;
      return looks.look(name, async () => {
        const found = await readOne(name);
        if (!found) misses.add(name);
        return found;
      });
    },
    reload: async (name) => {
      misses.forget(name);
      await readOne(name);
    },
    refresh: () => (refreshing ??= refresh().finally(() => (refreshing = undefined))),
    healthy: () => healthy,
    loaded: () => loaded,
    unreadable: () => unreadable,
    all: () => [...known.resources.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Names that the store did not know a moment ago; when there are too many, all are forgotten. */
function rememberedMisses(ttlMs: number) {
  const until = new Map<string, number>();
  return {
    has: (name: string): boolean => (until.get(name) ?? 0) > performance.now(),
    add: (name: string): void => {
      if (until.size >= REMEMBERED_MISSES) until.clear();
      until.set(name, performance.now() + ttlMs);
    },
    forget: (name: string): void => void until.delete(name),
  };
}

/** Looks into the store: one at a time for each name, so many in all, and none without an end. */
function boundedLooks<R>(kind: ResourceKind) {
  const running = new Map<string, Promise<R | undefined>>();
  return {
    look: (name: string, read: () => Promise<R | undefined>): Promise<R | undefined> => {
      const same = running.get(name);
      if (same) return same;
      if (running.size >= MAX_LOOKS_AT_ONCE) throw unknowable(kind);
      const started = withDeadline(kind, read()).finally(() => running.delete(name));
      running.set(name, started);
      return started;
    },
  };
}

const living = <R extends Resource>(resource: R | undefined): R | undefined =>
  resource?.deletedAt === undefined ? resource : undefined;

interface Known<R> {
  readonly resources: Map<string, R>;
  /** Of every record, also of those under deletion and those that cannot be read. */
  readonly versions: Map<string, string>;
}

function nothingKnown<R>(): Known<R> {
  return { resources: new Map(), versions: new Map() };
}

/** All living resources, the versions of all that were read, and why the others cannot be. */
async function everything<R extends Resource>(store: ResourceStore<R>) {
  const known = nothingKnown<R>();
  const failures = new Map<string, unknown>();
  const unreadable = (name: string, cause: unknown): void => void failures.set(name, cause);
  for await (const { value, etag } of allOf(store, { unreadable, limit: PAGE })) {
    known.versions.set(value.name, etag);
    put(known.resources, value.name, living(value));
  }
  return { ...known, failures };
}

/** Of these names, what is known from elsewhere counts. */
function keep<R>(
  from: {
    readonly resources: ReadonlyMap<string, R>;
    readonly versions: ReadonlyMap<string, string>;
  },
  names: Iterable<string>,
  to: Known<R>,
): void {
  for (const name of names) {
    put(to.resources, name, from.resources.get(name));
    put(to.versions, name, from.versions.get(name));
  }
}

function put<V>(map: Map<string, V>, name: string, value: V | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

async function withDeadline<T>(kind: ResourceKind, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unknowable(kind)), LOOK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : unknowable(kind, cause);
  } finally {
    clearTimeout(timer);
  }
}

function unknowable(kind: ResourceKind, cause?: unknown): GatewayError {
  const message = `The store does not answer, it is not known whether this ${kind} exists.`;
  return new GatewayError('unavailable', message, { retryAfterSeconds: 2, cause });
}
