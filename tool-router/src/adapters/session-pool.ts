import { LRUCache } from 'lru-cache';
import type { PriorDiscovery } from '@modelcontextprotocol/client';
import type { CatalogueAdapter, Known } from '../catalogue.ts';
import type { GatewayLink } from '../gateway-link.ts';
import { AdapterTrouble } from './adapter-trouble.ts';
import { connect, type AdapterCall, type Connection, type ListKind } from './connection.ts';

/** An adapter as one client session sees it. */
export interface AdapterTarget {
  readonly adapter: Known<CatalogueAdapter>;
  /** The client's session with the router; absent in the era without sessions. */
  readonly session: string | undefined;
}

export interface AdapterSessionOptions {
  readonly gateway: GatewayLink;
  readonly maxResultBytes: number;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly maxSessions: number;
  /** Told when an adapter says to a caller (by key) that what it has is no longer the same. */
  readonly onListChanged: (adapterUid: string, callerKey: string, kind: ListKind) => void;
}

/** A session with an adapter, perhaps still opening. */
interface PooledSession {
  readonly key: string;
  readonly client: string | undefined;
  readonly opening: Promise<Connection>;
  busy: number;
  lastUsed: number;
}

/** The sessions that are open, within their number and their idle time. */
export interface SessionPool {
  readonly has: (target: AdapterTarget, call: AdapterCall) => boolean;
  /** The one there is, or a new one; throws `AdapterTrouble` when there is no room. */
  readonly get: (target: AdapterTarget, call: AdapterCall) => PooledSession;
  readonly end: (session: PooledSession) => Promise<void>;
  readonly all: () => readonly PooledSession[];
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

const REMEMBERED_ADAPTERS = 10_000;
const SWEEP_MS = 5_000;

/** Nothing open yet. */
export function sessionPool(options: AdapterSessionOptions): SessionPool {
  const sessions = new Map<string, PooledSession>();
  const eras = new LRUCache<string, PriorDiscovery>({ max: REMEMBERED_ADAPTERS });
  const sweep = setInterval(() => endIdle(), SWEEP_MS).unref();

  const end = async (session: PooledSession): Promise<void> => {
    if (sessions.get(session.key) === session) sessions.delete(session.key);
    await session.opening.then((connection) => connection.close()).catch(() => undefined);
  };
  const endIdle = (): void => {
    const oldest = Date.now() - options.idleMs;
    for (const session of sessions.values()) {
      if (session.busy === 0 && session.lastUsed < oldest) void end(session);
    }
  };
  const makeRoom = (adapter: string): void => {
    if (sessions.size < options.maxSessions) return;
    const idle = [...sessions.values()].filter(({ busy }) => busy === 0);
    const [first] = idle.sort((a, b) => a.lastUsed - b.lastUsed);
    if (first === undefined) throw new AdapterTrouble(adapter, 'busy');
    void end(first);
  };
  const open = (target: AdapterTarget, call: AdapterCall, key: string): PooledSession => {
    const { value, etag } = target.adapter;
    makeRoom(value.name);
    const preferred = target.session === undefined ? 'modern' : 'legacy';
    const eraKey = `${value.uid} ${etag} ${preferred}`;
    const opening = connect(
      {
        ...options,
        adapter: value.name,
        prior: eras.get(eraKey),
        preferred,
        onListChanged: (kind) => options.onListChanged(value.uid, call.caller.key, kind),
      },
      // Without a session of the client there is nobody to whom an adapter's question could be brought.
      target.session === undefined ? { ...call, capabilities: {} } : call,
    );
    const session = { key, client: target.session, opening, busy: 0, lastUsed: Date.now() };
    sessions.set(key, session);
    opening.then(
      ({ prior }) => eras.set(eraKey, prior),
      () => {
        eras.delete(eraKey); // it may have been replaced by a server of the other era
        if (sessions.get(key) === session) sessions.delete(key);
      },
    );
    return session;
  };

  return {
    has: (target, call) => sessions.has(sessionKey(target, call)),
    get: (target, call) => {
      const key = sessionKey(target, call);
      return sessions.get(key) ?? open(target, call, key);
    },
    end,
    all: () => [...sessions.values()],
    size: () => sessions.size,
    close: async () => {
      clearInterval(sweep);
      await Promise.all([...sessions.values()].map(end));
    },
  };
}

/** Roles are not part of it: they go with each request, and a change of them loses no state. */
function sessionKey({ adapter, session }: AdapterTarget, { caller }: AdapterCall): string {
  return JSON.stringify([caller.principal.id, session, adapter.value.uid]);
}
