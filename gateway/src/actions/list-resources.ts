import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import { allOf } from '@mcp-gateway/core/ports/resource-store';
import type { ResourceDependencies } from './resource-dependencies.ts';

/** A part of a list, and from where on the rest is; absent on the last page. */
export interface Page<T, Next> {
  readonly items: readonly T[];
  readonly next?: Next;
}

/** A place in what was found: the last that was shown, and how many had been shown with it. */
export interface Place {
  readonly name: string;
  readonly shown: number;
}

interface Wanted<Next> {
  readonly limit?: number;
  readonly after?: Next;
}

/** Which resources are looked for. */
export interface Search extends Wanted<Place> {
  readonly words: string;
}

/** What the caller may read, by name; the next page begins after a name. */
export async function listResources<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  { limit = Infinity, after }: Wanted<string>,
): Promise<Page<Recorded<S>, string>> {
  const items: Recorded<S>[] = [];
  for await (const value of readableBy(deps, principal, after)) {
    const last = items.at(-1);
    if (last !== undefined && items.length >= limit) return { items, next: last.name };
    items.push(value);
  }
  return { items };
}

/** Those of what the caller may read that the words find, best first; nothing else has a part in the ranking. */
export async function searchResources<S extends WorkloadSpec, V>(
  deps: ResourceDependencies<S, V>,
  principal: Principal,
  { words, limit = Infinity, after }: Search,
): Promise<Page<Recorded<S>, Place>> {
  const readable: Recorded<S>[] = [];
  for await (const value of readableBy(deps, principal)) readable.push(value);
  const positions = deps.ranking(readable.map(deps.kind.text), words);
  const found = positions.flatMap((position) => readable[position] ?? []);
  const start = startOf(found, after);
  const items = found.slice(start, start + limit);
  const shown = start + items.length;
  const last = items.at(-1);
  return shown < found.length && last ? { items, next: { name: last.name, shown } } : { items };
}

/** Where the last one is now, so that what has come or gone before it repeats and hides nothing. */
function startOf(found: readonly { readonly name: string }[], after: Place | undefined): number {
  if (after === undefined) return 0;
  const at = found.findIndex(({ name }) => name === after.name);
  return at < 0 ? after.shown : at + 1;
}

async function* readableBy<S extends WorkloadSpec, V>(
  { store, access }: ResourceDependencies<S, V>,
  principal: Principal,
  after?: string,
): AsyncGenerator<Recorded<S>> {
  for await (const { value } of allOf(store, after === undefined ? {} : { after })) {
    if (value.deletedAt === undefined && access('read', principal, value)) yield value;
  }
}
