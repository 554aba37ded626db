import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ClientCapabilities } from '@modelcontextprotocol/client';
import type { Access } from '@mcp-gateway/core/domain/access';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Caller } from '../caller.ts';
import type { Catalogue, CatalogueAdapter, Known } from '../catalogue.ts';
import type { AdapterSessions } from './adapter-sessions.ts';
import { AdapterTrouble, type TroubleReason } from './adapter-trouble.ts';
import type { ListKind } from './connection.ts';
import { inTurns } from './in-turns.ts';

/** Lists of an adapter, by the method that reads each. */
const LISTS = {
  tools: { method: 'tools/list', capability: 'tools' },
  prompts: { method: 'prompts/list', capability: 'prompts' },
  resources: { method: 'resources/list', capability: 'resources' },
  resourceTemplates: { method: 'resources/templates/list', capability: 'resources' },
} as const satisfies Record<string, { method: string; capability: ListKind }>;
export type ListName = keyof typeof LISTS;

/** One entry as its adapter lists it. */
export type Entry = Readonly<Record<string, unknown>>;

/** Who asks, and on which session with the router. */
export interface Asker {
  readonly caller: Caller;
  readonly session: string | undefined;
  readonly capabilities: ClientCapabilities;
}

/** What one adapter has, or why it does not say. */
export type AdapterList =
  | { readonly adapter: string; readonly entries: readonly Entry[] }
  | { readonly adapter: string; readonly trouble: { readonly reason: TroubleReason; readonly message: string } }; // prettier-ignore

export interface AdapterLists {
  /** Of all adapters that the caller may call, ordered by name; each has a deadline of its own and none waits for another. */
  readonly all: (list: ListName, asker: Asker) => Promise<readonly AdapterList[]>;
  /** Of one adapter; a kept list will do when it is younger than `maxAgeMs`. */
  readonly of: (
    adapter: Known<CatalogueAdapter>,
    list: ListName,
    asker: Asker,
    maxAgeMs?: number,
  ) => Promise<AdapterList>;
  /** The adapter has told this caller that a list is no longer the same. */
  readonly forget: (adapterUid: string, callerKey: string, kind: ListKind) => void;
  /** Reads anew what is kept for this caller and has grown old, so that its changes are noticed. */
  readonly renew: (asker: Asker) => Promise<void>;
  /** Calls back when a list that was read anew differs from what it was. */
  readonly onChange: (listener: (callerKey: string, kind: ListKind) => void) => () => void;
}

export interface AdapterListOptions {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly sessions: AdapterSessions;
  readonly ttlMs: number;
  readonly timeoutMs: number;
  readonly log: Log;
}

interface Kept {
  readonly at: number;
  readonly reading: Promise<AdapterList>;
  hash: string | undefined;
  failed: boolean;
}

/** An adapter in trouble is asked again soon. */
const TROUBLE_MS = 2_000;

const KEPT_LISTS = 20_000;
const MAX_PAGES = 100;
const MAX_ENTRIES = 10_000;
const AT_ONCE = 16;

/** Nothing kept yet. */
export function adapterLists(options: AdapterListOptions): AdapterLists {
  const { catalogue, access, ttlMs } = options;
  const read = listReader(options);
  const kept = new LRUCache<string, Kept>({ max: KEPT_LISTS });
  const listeners = new Set<(callerKey: string, kind: ListKind) => void>();
  const readInTurns = inTurns(AT_ONCE * 4);

  const of: AdapterLists['of'] = (adapter, list, asker, maxAgeMs = ttlMs) => {
    const key = JSON.stringify([asker.caller.key, adapter.value.uid, list]);
    const before = kept.get(key);
    const kindAge = before?.failed ? Math.min(maxAgeMs, TROUBLE_MS) : maxAgeMs;
    if (before && Date.now() - before.at < kindAge) return before.reading;
    const entry: Kept = {
      at: Date.now(),
      hash: before?.hash,
      failed: false,
      reading: readInTurns(() => read(adapter, list, asker)).then((result) => {
        const hash = hashOf(result);
        const changed = entry.hash !== undefined && entry.hash !== hash;
        entry.hash = hash;
        entry.failed = 'trouble' in result;
        if (changed) {
          for (const told of [...listeners]) told(asker.caller.key, LISTS[list].capability);
        }
        return result;
      }),
    };
    kept.set(key, entry);
    return entry.reading;
  };

  const visible = ({ caller }: Asker): readonly Known<CatalogueAdapter>[] =>
    catalogue.adapters().filter(({ value }) => access('call', caller.principal, value));

  return {
    of,
    all: (list, asker) => Promise.all(visible(asker).map((adapter) => of(adapter, list, asker))),
    forget: (adapterUid, callerKey, kind) => {
      for (const [list, { capability }] of Object.entries(LISTS)) {
        if (capability !== kind) continue;
        const key = JSON.stringify([callerKey, adapterUid, list]);
        const before = kept.get(key);
        if (before) kept.set(key, { ...before, at: -Infinity });
      }
      for (const told of [...listeners]) told(callerKey, kind);
    },
    renew: async (asker) => {
      const lists = Object.keys(LISTS) as ListName[]; // its own keys
      const known = visible(asker).flatMap((adapter) =>
        lists
          .filter((list) => kept.has(JSON.stringify([asker.caller.key, adapter.value.uid, list])))
          .map((list) => of(adapter, list, asker)),
      );
      await Promise.all(known);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Reads a list from an adapter; trouble is an answer as well. */
function listReader({ sessions, timeoutMs, log }: AdapterListOptions) {
  return async (
    adapter: Known<CatalogueAdapter>,
    list: ListName,
    asker: Asker,
  ): Promise<AdapterList> => {
    const { name } = adapter.value;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const reading = sessions.use(
        { adapter, session: asker.session },
        { ...asker, signal, patience: { silenceMs: timeoutMs, totalMs: timeoutMs } },
        (client, requestOptions, capabilities) =>
          capabilities[LISTS[list].capability] === undefined
            ? Promise.resolve([])
            : pages(list, (params) =>
                client.request({ method: LISTS[list].method, params }, Page, requestOptions),
              ),
      );
      return { adapter: name, entries: await orTimeout(reading, name, signal) };
    } catch (error) {
      const trouble = error instanceof AdapterTrouble ? error : new AdapterTrouble(name, 'invalid', error); // prettier-ignore
      log.warn({ adapter: name, list, reason: trouble.reason, err: trouble.cause }, 'adapter list not read'); // prettier-ignore
      return { adapter: name, trouble: { reason: trouble.reason, message: trouble.message } };
    }
  };
}

const Page = z.looseObject({ nextCursor: z.string().optional() });

async function pages(
  list: ListName,
  read: (params: { cursor?: string }) => Promise<z.output<typeof Page>>,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && entries.length < MAX_ENTRIES; page++) {
    const result = await read(cursor === undefined ? {} : { cursor });
    const found = result[list];
    if (!Array.isArray(found)) throw new TypeError(`a page without ${list}`);
    for (const entry of found as unknown[]) {
      if (typeof entry === 'object' && entry !== null) entries.push(entry as Entry);
    }
    if (result.nextCursor === undefined || result.nextCursor === cursor) break;
    cursor = result.nextCursor;
  }
  return entries.slice(0, MAX_ENTRIES);
}

/** Reading goes on behind the back of whoever has waited long enough. */
function orTimeout<T>(reading: Promise<T>, adapter: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new AdapterTrouble(adapter, 'timeout')));
    reading.then(resolve, reject);
  });
}

function hashOf(list: AdapterList): string {
  const text = 'trouble' in list ? 'trouble' : JSON.stringify(list.entries);
  return createHash('sha256').update(text).digest('base64');
}
