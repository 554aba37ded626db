import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { ApiClient } from './api-client.ts';
import { hasStatus } from './api-error.ts';
import { changes, snapshot, type Selection, type Watched, type WatchEvent } from './watch.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** A watch that ends sooner makes the next one wait. */
const LASTING_MS = 1000;
const RELIST_MS = 10 * 60_000;

export interface MirrorOptions<T extends Watched, V> extends Selection {
  readonly api: ApiClient;
  readonly log: Log;
  /** What is kept of an object, and under which group; undefined for one that is not ours. */
  readonly view: (object: T) => { readonly group: string; readonly value: V } | undefined;
  /** Called after each change with the group that it was in. */
  readonly changed: (group: string) => void;
}

/** A live copy of the cluster's objects of one kind; while the API server is away, it is what was last known. */
export interface Mirror<V> {
  /** The objects of a group by name. */
  of: (group: string) => ReadonlyMap<string, V>;
  /** Resolves when the first snapshot is in. */
  readonly synced: Promise<void>;
  close: () => Promise<void>;
}

/** Starts a mirror; it never gives up. */
export function mirror<T extends Watched, V>(options: MirrorOptions<T, V>): Mirror<V> {
  const contents = groupedContents(options);
  const first = Promise.withResolvers<undefined>();
  const ending = new AbortController();
  const running = keepCurrent(options, contents, () => first.resolve(undefined), ending.signal);
  return {
    of: contents.of,
    synced: first.promise,
    close: async () => {
      ending.abort();
      await running;
    },
  };
}

/** Lists once and watches from there; lists again when the server has forgotten where it was, and now and then to be sure. */
async function keepCurrent<T extends Watched, V>(
  options: MirrorOptions<T, V>,
  contents: Contents<T, V>,
  synced: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { api, log } = options;
  let version: string | undefined;
  let listedAt = 0;
  let pause = FIRST_PAUSE_MS;
  const over = (): boolean => signal.aborted;
  while (!over()) {
    const startedAt = performance.now();
    try {
      if (version === undefined || startedAt - listedAt > RELIST_MS) {
        const all = await snapshot<T>(api, options, signal);
        contents.replace(all.items);
        version = all.resourceVersion;
        listedAt = startedAt;
        synced();
      }
      for await (const event of changes<T>(api, options, version, signal)) {
        contents.take(event);
        version = event.object.metadata.resourceVersion ?? version;
      }
    } catch (error) {
      if (over()) return;
      if (hasStatus(error, 410)) version = undefined;
      log.warn({ path: options.path, err: error }, 'watch interrupted, keeping what is known');
    }
    const lasted = performance.now() - startedAt > LASTING_MS;
    pause = lasted ? FIRST_PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
    if (!lasted) await rest(pause, signal);
  }
}

/** Differs from time to time, so that equal replicas do not come all at once. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  const jitter = 0.75 + Math.random() / 2;
  await sleep(milliseconds * jitter, undefined, { signal }).catch(() => undefined);
}

interface Contents<T, V> {
  readonly of: Mirror<V>['of'];
  readonly replace: (items: readonly T[]) => void;
  readonly take: (event: WatchEvent<T>) => void;
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

function groupedContents<T extends Watched, V>(options: MirrorOptions<T, V>): Contents<T, V> {
  const groups = new Map<string, Map<string, V>>();
  const groupOf = new Map<string, string>();

  function put(object: T): void {
    const { name } = object.metadata;
    const viewed = options.view(object);
    if (viewed?.group !== groupOf.get(name)) drop(name);
    if (viewed === undefined) return;
    groupOf.set(name, viewed.group);
    const group = groups.get(viewed.group) ?? new Map<string, V>();
    groups.set(viewed.group, group.set(name, viewed.value));
    options.changed(viewed.group);
  }

  function drop(name: string): void {
    const key = groupOf.get(name);
    if (key === undefined) return;
    groupOf.delete(name);
    const group = groups.get(key);
    group?.delete(name);
    if (group?.size === 0) groups.delete(key);
    options.changed(key);
  }

  return {
    of: (key) => groups.get(key) ?? NOTHING,
    replace: (items) => {
      const names = new Set(items.map(({ metadata }) => metadata.name));
      for (const name of [...groupOf.keys()]) if (!names.has(name)) drop(name);
      items.forEach(put);
    },
    take: ({ type, object }) => {
      if (type === 'DELETED') drop(object.metadata.name);
      else if (type !== 'BOOKMARK') put(object);
    },
  };
}
