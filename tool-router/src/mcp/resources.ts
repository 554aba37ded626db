import { UriTemplate } from '@modelcontextprotocol/server';
import type { Access } from '@mcp-gateway/core/domain/access';
import type { AdapterLists, Asker, Entry, ListName } from '../adapters/adapter-lists.ts';
import { routedUri, unrouted } from '../adapters/routed-uris.ts';
import type { Catalogue, CatalogueAdapter, Known } from '../catalogue.ts';
import { boundedRun } from '../tools/bounded-run.ts';
import { gathered, type Missing } from './missing.ts';

/** A resource or template as the router lists it. */
export interface ListedEntry {
  readonly key: string;
  readonly entry: Entry;
}

/** Where a resource is, and what its adapter calls it. */
interface FoundResource {
  readonly adapter: Known<CatalogueAdapter>;
  readonly uri: string;
}

/** Resources of adapters. A URI stays as it is where one adapter alone has it; else the adapter's name goes in front. */
export interface Resources {
  /** Ordered by URI. */
  readonly list: (
    list: 'resources' | 'resourceTemplates',
    asker: Asker,
  ) => Promise<{ readonly entries: readonly ListedEntry[]; readonly missing: readonly Missing[] }>;
  /** `undefined` alike for what there is not and for what the caller may not read. */
  readonly find: (asker: Asker, uri: string) => Promise<FoundResource | undefined>;
}

const MATCH_MS = 500;
const URI_OF = { resources: 'uri', resourceTemplates: 'uriTemplate' } as const;

export interface ResourcesOptions {
  readonly catalogue: Catalogue;
  readonly lists: AdapterLists;
  readonly access: Access;
}

/** The resources of the adapters in the catalogue. */
export function resourcesOf({ catalogue, lists, access }: ResourcesOptions): Resources {
  const ofAll = async (list: keyof typeof URI_OF, asker: Asker) => {
    const { lists: found, missing } = gathered(await lists.all(list, asker));
    const entries = found.flatMap(({ adapter, entries: own }) =>
      own.flatMap((entry) => {
        const uri = entry[URI_OF[list]];
        return typeof uri === 'string' ? [{ adapter, uri, entry }] : [];
      }),
    );
    return { entries, missing };
  };
  const visible = ({ caller }: Asker, name: string): Known<CatalogueAdapter> | undefined => {
    const adapter = catalogue.adapter(name);
    return adapter && access('call', caller.principal, adapter.value) ? adapter : undefined;
  };

  return {
    list: async (list, asker) => {
      const { entries, missing } = await ofAll(list, asker);
      const owners = ownersOf(entries);
      const listed = entries.map(({ adapter, uri, entry }) => {
        const key = owners.get(uri)?.size === 1 ? uri : routedUri(adapter, uri);
        return { key, entry: { ...entry, [URI_OF[list]]: key } };
      });
      return { entries: listed.sort((a, b) => (a.key < b.key ? -1 : 1)), missing };
    },
    find: async (asker, uri) => {
      const named = unrouted(uri);
      if (named) {
        const adapter = visible(asker, named.adapter);
        return adapter && { adapter, uri: named.uri };
      }
      for (const list of ['resources', 'resourceTemplates'] as const satisfies ListName[]) {
        const { entries } = await ofAll(list, asker);
        const having = entries.filter((one) =>
          list === 'resources' ? one.uri === uri : matches(one.uri, uri),
        );
        const [owner, ...others] = new Set(having.map(({ adapter }) => adapter));
        const adapter = owner !== undefined && others.length === 0 && visible(asker, owner);
        if (adapter) return { adapter, uri };
      }
      return undefined;
    },
  };
}

function ownersOf(
  entries: readonly { readonly adapter: string; readonly uri: string }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { adapter, uri } of entries) {
    const known = owners.get(uri);
    if (known) known.add(adapter);
    else owners.set(uri, new Set([adapter]));
  }
  return owners;
}

/** A template of an adapter becomes a regular expression, which may be a bad one. */
function matches(template: string, uri: string): boolean {
  try {
    return boundedRun(MATCH_MS, () => new UriTemplate(template).match(uri)) !== null;
  } catch {
    return false;
  }
}
