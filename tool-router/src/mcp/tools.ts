import type { Access } from '@mcp-gateway/core/domain/access';
import type { AdapterLists, Asker, Entry } from '../adapters/adapter-lists.ts';
import { adapterOf, exposedNames } from '../adapters/exposed-names.ts';
import type { Catalogue, CatalogueAdapter, Known } from '../catalogue.ts';
import { hasUsableAnnotations } from '../tools/param-annotations.ts';
import type { ToolEntry } from '../tools/tool-entry.ts';
import { gathered, type Missing } from './missing.ts';

/** A tool that a caller may call, and where it is. */
export type FoundTool =
  | { readonly kind: 'registered'; readonly tool: ToolEntry }
  | { readonly kind: 'adapter'; readonly adapter: Known<CatalogueAdapter>; readonly tool: ToolEntry; readonly ownName: string } // prettier-ignore
  | { readonly kind: 'unknowable'; readonly message: string };

/** The tools that each caller may call, registered ones and those of adapters. */
export interface Tools {
  /** Ordered by name. */
  readonly list: (asker: Asker) => Promise<{
    readonly tools: readonly ToolEntry[];
    readonly missing: readonly Missing[];
  }>;
  /** `undefined` alike for what there is not and for what the caller may not call. */
  readonly find: (asker: Asker, name: string) => Promise<FoundTool | undefined>;
}

/** A tool that was not in a list this young is not looked for again. */
const FRESH_MS = 2_000;

export interface ToolsOptions {
  readonly catalogue: Catalogue;
  readonly lists: AdapterLists;
  readonly access: Access;
}

/** The tools of the catalogue and of the adapters in it. */
export function toolsOf({ catalogue, lists, access }: ToolsOptions): Tools {
  const usable = remembered(hasUsableAnnotations);
  const registered = ({ caller }: Asker): ToolEntry[] =>
    catalogue
      .tools()
      .filter(({ value }) => access('call', caller.principal, value))
      .map(({ value }) => value.toolDefinition.tool)
      .filter(usable);

  const findAtAdapter = async (
    adapter: Known<CatalogueAdapter>,
    asker: Asker,
    name: string,
  ): Promise<FoundTool | undefined> => {
    for (const maxAgeMs of [undefined, FRESH_MS]) {
      const list = await lists.of(adapter, 'tools', asker, maxAgeMs);
      if ('trouble' in list) return { kind: 'unknowable', message: list.trouble.message };
      const found = named(list.adapter, list.entries).find(({ tool }) => tool.name === name);
      if (found) return { kind: 'adapter', adapter, ...found };
    }
    return undefined;
  };

  return {
    list: async (asker) => {
      const { lists: found, missing } = gathered(await lists.all('tools', asker));
      const theirs = found.flatMap(({ adapter, entries }) =>
        named(adapter, entries).map(({ tool }) => tool),
      );
      return { tools: [...registered(asker), ...theirs].sort(byName), missing };
    },
    find: async (asker, name) => {
      const { principal } = asker.caller;
      const tool = catalogue.tool(name);
      if (tool && access('call', principal, tool.value))
        return { kind: 'registered', tool: tool.value.toolDefinition.tool };
      const adapter = catalogue.adapter(adapterOf(name) ?? '');
      if (adapter === undefined || !access('call', principal, adapter.value)) return undefined;
      return findAtAdapter(adapter, asker, name);
    },
  };
}

/** Entries of an adapter under the names that the router gives them; what is no tool is left out. */
function named(adapter: string, entries: readonly Entry[]): { tool: ToolEntry; ownName: string }[] {
  const tools = new Map(entries.filter(isTool).map((tool) => [tool.name, tool]));
  return [...exposedNames(adapter, [...tools.keys()])].flatMap(([name, ownName]) => {
    const tool = tools.get(ownName);
    return tool && hasUsableAnnotations(tool) ? [{ tool: { ...tool, name }, ownName }] : [];
  });
}

function isTool(entry: Entry): entry is ToolEntry {
  const { name, inputSchema } = entry;
  return typeof name === 'string' && typeof inputSchema === 'object' && inputSchema !== null;
}

function remembered<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key);
    if (found) return found.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}

/** By code unit, as everywhere where the order must not depend on a language. */
const byName = (a: ToolEntry, b: ToolEntry): number => (a.name < b.name ? -1 : 1);
