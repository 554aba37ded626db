import type { Access } from '@mcp-gateway/core/domain/access';
import type { AdapterLists, Asker, Entry } from '../adapters/adapter-lists.ts';
import { adapterOf, exposedNames } from '../adapters/exposed-names.ts';
import type { Catalogue, CatalogueAdapter, Known } from '../catalogue.ts';
import { gathered, type Missing } from './missing.ts';

/** A prompt as the router lists it. */
interface ListedPrompt {
  readonly name: string;
  readonly [member: string]: unknown;
}

/** Where a prompt is, and what its adapter calls it. */
type FoundPrompt =
  | { readonly adapter: Known<CatalogueAdapter>; readonly ownName: string }
  | { readonly unknowable: string };

/** Prompts of adapters, by names as tools have them. */
export interface Prompts {
  readonly list: (asker: Asker) => Promise<{
    readonly prompts: readonly ListedPrompt[];
    readonly missing: readonly Missing[];
  }>;
  /** `undefined` alike for what there is not and for what the caller may not use. */
  readonly find: (asker: Asker, name: string) => Promise<FoundPrompt | undefined>;
}

export interface PromptsOptions {
  readonly catalogue: Catalogue;
  readonly lists: AdapterLists;
  readonly access: Access;
}

/** The prompts of the adapters in the catalogue. */
export function promptsOf({ catalogue, lists, access }: PromptsOptions): Prompts {
  return {
    list: async (asker) => {
      const { lists: found, missing } = gathered(await lists.all('prompts', asker));
      const prompts = found.flatMap(({ adapter, entries }) => named(adapter, entries));
      return { prompts: prompts.map(({ prompt }) => prompt).sort(byName), missing };
    },
    find: async (asker, name) => {
      const adapter = catalogue.adapter(adapterOf(name) ?? '');
      if (!adapter || !access('call', asker.caller.principal, adapter.value)) return undefined;
      const list = await lists.of(adapter, 'prompts', asker);
      if ('trouble' in list) return { unknowable: list.trouble.message };
      const found = named(list.adapter, list.entries).find(({ prompt }) => prompt.name === name);
      return found && { adapter, ownName: found.ownName };
    },
  };
}

function named(
  adapter: string,
  entries: readonly Entry[],
): { prompt: ListedPrompt; ownName: string }[] {
  const own = new Map(
    entries.flatMap((entry) => (typeof entry.name === 'string' ? [[entry.name, entry]] : [])),
  );
  return [...exposedNames(adapter, [...own.keys()])].map(([name, ownName]) => ({
    prompt: { ...own.get(ownName), name },
    ownName,
  }));
}

const byName = (a: ListedPrompt, b: ListedPrompt): number => (a.name < b.name ? -1 : 1);
