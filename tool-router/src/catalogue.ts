import type { Guarded } from '@mcp-gateway/core/domain/access';
import type { Log } from '@mcp-gateway/core/ports/log';
import {
  allOf,
  sameVersions,
  type ResourceStore,
  type Stored,
} from '@mcp-gateway/core/ports/resource-store';
import type { ToolEntry } from './tools/tool-entry.ts';

/** What the router needs to know of any resource. */
interface Registered extends Guarded {
  readonly name: string;
  readonly uid: string;
  readonly deletedAt?: string | undefined;
  /** Set while somebody has switched it off. */
  readonly disabled?: unknown;
}

/** A registered tool. */
export interface CatalogueTool extends Registered {
  readonly toolDefinition: { readonly tool: ToolEntry };
}

/** A registered adapter. */
export interface CatalogueAdapter extends Registered {
  readonly exposeTools: boolean;
}

/** A resource and the version of it that is known. */
export interface Known<T> {
  readonly value: T;
  readonly etag: string;
}

/** The live view of what is registered, each list ordered by name. */
export interface Catalogue {
  readonly tools: () => readonly Known<CatalogueTool>[];
  readonly tool: (name: string) => Known<CatalogueTool> | undefined;
  /** Those that offer what they have at the router as well. */
  readonly adapters: () => readonly Known<CatalogueAdapter>[];
  readonly adapter: (name: string) => Known<CatalogueAdapter> | undefined;
  /** True once the store was read; until then nothing may be said about what there is. */
  readonly known: () => boolean;
  /** True while the last reading succeeded. */
  readonly healthy: () => boolean;
  /** Calls back after each reading that found something changed; returns the way to end that. */
  readonly onChange: (listener: (changes: Changes) => void) => () => void;
}

/** A resource before and after; absent on the side where there was none. */
export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What one reading found changed. */
export interface Changes {
  readonly tools: readonly Change<CatalogueTool>[];
  readonly adapters: readonly Change<CatalogueAdapter>[];
}

/** A catalogue with what keeps it fresh. */
export interface RefreshedCatalogue extends Catalogue {
  /** Reads everything anew if anything has changed; a failing store leaves the last known view. Never throws. */
  readonly refresh: () => Promise<void>;
}

export interface CatalogueStores {
  readonly tools: ReadStore<CatalogueTool>;
  readonly adapters: ReadStore<CatalogueAdapter>;
}

type ReadStore<T extends Registered> = Pick<ResourceStore<T>, 'list' | 'get' | 'versions'>;

/** What one reading of a store found, and the versions of all records that were there, readable or not. */
interface Reading<T> {
  readonly offered: ReadonlyMap<string, Known<T>>;
  readonly versions: ReadonlyMap<string, string>;
}

/** A catalogue over the stores; nothing is known until its first successful reading. */
export function catalogue(stores: () => Promise<CatalogueStores>, log: Log): RefreshedCatalogue {
  let tools: Reading<CatalogueTool> = NOTHING_READ;
  let adapters: Reading<CatalogueAdapter> = NOTHING_READ;
  let known = false;
  let healthy = false;
  const listeners = new Set<(changes: Changes) => void>();

  const read = async (): Promise<void> => {
    const open = await stores();
    const [newTools, newAdapters] = await Promise.all([
      reading(open.tools, tools, log),
      reading(open.adapters, adapters, log),
    ]);
    const changes = {
      tools: changesBetween(tools.offered, newTools.offered),
      adapters: changesBetween(adapters.offered, newAdapters.offered),
    };
    [tools, adapters, known] = [newTools, newAdapters, true];
    if (changes.tools.length + changes.adapters.length === 0) return;
    for (const listener of [...listeners]) listener(changes);
  };

  return {
    tools: () => [...tools.offered.values()],
    tool: (name) => tools.offered.get(name),
    adapters: () => [...adapters.offered.values()].filter(({ value }) => value.exposeTools),
    adapter: (name) => {
      const found = adapters.offered.get(name);
      return found?.value.exposeTools ? found : undefined;
    },
    known: () => known,
    healthy: () => healthy,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh: async () => {
      try {
        await read();
        const [toolCount, adapterCount] = [tools.offered.size, adapters.offered.size];
        if (!healthy) log.info({ tools: toolCount, adapters: adapterCount }, 'resources known');
        healthy = true;
      } catch (error) {
        if (healthy || !known)
          log.warn({ err: error }, 'store cannot be read, what was known last stays');
        healthy = false;
      }
    },
  };
}

const NOTHING_READ = { offered: new Map<string, never>(), versions: new Map<string, string>() };

/** The same as before where no version has changed since; the versions are asked first, so that a later write shows next time. */
async function reading<T extends Registered>(
  store: ReadStore<T>,
  before: Reading<T>,
  log: Log,
): Promise<Reading<T>> {
  const versions = await store.versions();
  if (sameVersions(versions, before.versions)) return before;
  return { offered: await readAll(store, before.offered, log), versions };
}

/** A record that cannot be read stays as it was known: it is somebody's, so it is not taken for gone. */
async function readAll<T extends Registered>(
  store: ReadStore<T>,
  before: ReadonlyMap<string, Known<T>>,
  log: Log,
): Promise<Map<string, Known<T>>> {
  const found: [string, Known<T>][] = [];
  const unreadable = (name: string, err: unknown): void => {
    log.debug({ name, err }, 'stored resource unreadable');
    const last = before.get(name);
    if (last) found.push([name, last]);
  };
  for await (const stored of allOf(store as ResourceStore<T>, { limit: 1000, unreadable })) {
    if (isOffered(stored.value)) found.push([stored.value.name, kept(stored, before)]);
  }
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isOffered = ({ deletedAt, disabled }: Registered): boolean =>
  deletedAt === undefined && disabled === undefined;

/** The same object as before for the same version, so that what was made of it can be kept with it. */
function kept<T extends Registered>(
  stored: Stored<T>,
  before: ReadonlyMap<string, Known<T>>,
): Known<T> {
  const last = before.get(stored.value.name);
  return last?.etag === stored.etag ? last : stored;
}

function changesBetween<T>(
  before: ReadonlyMap<string, Known<T>>,
  after: ReadonlyMap<string, Known<T>>,
): readonly Change<T>[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => before.get(name)?.etag !== after.get(name)?.etag)
    .map((name) => ({ before: before.get(name)?.value, after: after.get(name)?.value }));
}
