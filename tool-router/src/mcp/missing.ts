import type { AdapterList, Entry } from '../adapters/adapter-lists.ts';

/** Member of a list's `_meta` that names the adapters whose entries are not in it. */
export const MISSING_META = 'mcp-gateway/missingAdapters';

/** An adapter whose entries are not in a list, and why. */
export interface Missing {
  readonly adapter: string;
  readonly reason: string;
  readonly message: string;
}

/** Entries of adapters, and of which adapters there are none. */
export interface Gathered {
  readonly lists: readonly { readonly adapter: string; readonly entries: readonly Entry[] }[];
  readonly missing: readonly Missing[];
}

/** Tells the adapters that have answered from those that have not. */
export function gathered(lists: readonly AdapterList[]): Gathered {
  const missing = lists.flatMap((list) =>
    'trouble' in list ? [{ adapter: list.adapter, ...list.trouble }] : [],
  );
  return { lists: lists.filter((list) => 'entries' in list), missing };
}
