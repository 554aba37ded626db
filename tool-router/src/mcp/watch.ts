import type { Access } from '@mcp-gateway/core/domain/access';
import type { Caller } from '../caller.ts';
import type { AdapterLists, Asker } from '../adapters/adapter-lists.ts';
import type { ListKind } from '../adapters/connection.ts';
import type { Catalogue, Change, Changes } from '../catalogue.ts';

/** Tells those who want to know when a list that they see is no longer the same. */
export interface Watch {
  /** `asker` is asked anew each time, since rights come with requests; returns the way to end it. */
  readonly subscribe: (asker: () => Asker, notify: (kind: ListKind) => void) => () => void;
  readonly size: () => number;
  readonly close: () => void;
}

export interface WatchOptions {
  readonly catalogue: Catalogue;
  readonly lists: AdapterLists;
  readonly access: Access;
  /** How often lists of adapters are read anew for those who watch. */
  readonly renewMs: number;
}

interface Watcher {
  readonly asker: () => Asker;
  readonly notify: (kind: ListKind) => void;
}

const ALL: readonly ListKind[] = ['tools', 'prompts', 'resources'];

/** Nobody watches yet. */
export function watch({ catalogue, lists, access, renewMs }: WatchOptions): Watch {
  const watchers = new Set<Watcher>();

  /** Each caller once: many sessions may be of the same. */
  const byCaller = (): Map<string, Watcher[]> => Map.groupBy(watchers, callerKey);
  const tell = (of: readonly Watcher[], kinds: readonly ListKind[]): void => {
    for (const kind of kinds) for (const { notify } of of) notify(kind);
  };
  const onCatalogue = (changes: Changes): void => {
    for (const same of byCaller().values()) {
      const [{ asker }] = same as [Watcher, ...Watcher[]]; // a group has a member
      const { caller } = asker();
      const sees = seenBy(access, caller);
      if (changes.adapters.some((change) => sees(exposedOnly(change)))) tell(same, ALL);
      else if (changes.tools.some(sees)) tell(same, ['tools']);
    }
  };
  const endings = [
    catalogue.onChange(onCatalogue),
    lists.onChange((key, kind) => tell(byCaller().get(key) ?? [], [kind])),
  ];
  const renewing = setInterval(() => {
    for (const [watcher] of byCaller().values()) if (watcher) void lists.renew(watcher.asker());
  }, renewMs).unref();

  return {
    subscribe: (asker, notify) => {
      const watcher = { asker, notify };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    size: () => watchers.size,
    close: () => {
      clearInterval(renewing);
      for (const end of endings) end();
      watchers.clear();
    },
  };
}

/** True when two callers do not see the same of what is registered. */
export function seesOther(
  catalogue: Catalogue,
  access: Access,
  one: Caller,
  other: Caller,
): boolean {
  if (one.key === other.key) return false;
  return [...catalogue.tools(), ...catalogue.adapters()].some(
    ({ value }) => access('call', one.principal, value) !== access('call', other.principal, value),
  );
}

const callerKey = ({ asker }: Watcher): string => asker().caller.key;

type Visible = Parameters<Access>[2];

function seenBy(
  access: Access,
  { principal }: Caller,
): (change: Change<NonNullable<Visible>>) => boolean {
  const sees = (resource: Visible): boolean =>
    resource !== undefined && access('call', principal, resource);
  return ({ before, after }) => sees(before) || sees(after);
}

function exposedOnly<T extends { readonly exposeTools: boolean }>({
  before,
  after,
}: Change<T>): Change<T> {
  return {
    before: before?.exposeTools ? before : undefined,
    after: after?.exposeTools ? after : undefined,
  };
}
