import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  StreamableHTTPClientTransport,
  type ClientOptions,
} from '@modelcontextprotocol/client';
import type { Stored } from '@mcp-gateway/core/ports/resource-store';
import { wordRanking } from '@mcp-gateway/platform/minisearch/ranking';
import type { CatalogueAdapter, CatalogueTool } from '../catalogue.ts';
import { loadSettings } from '../config.ts';
import { startRouter, type Router } from '../router.ts';
import type { ToolEntry } from '../tools/tool-entry.ts';
import { fakeGateway, SECRET, type FakeGateway } from './fake-gateway.ts';

/** A router over stores in memory and a gateway that a test controls. */
export interface RunningRouter {
  readonly url: string;
  readonly gateway: FakeGateway;
  readonly tools: MemoryStore<CatalogueTool>;
  readonly adapters: MemoryStore<CatalogueAdapter>;
  readonly as: (user: string, roles?: string) => Record<string, string>;
  readonly client: (era: 'legacy' | 'modern', options?: ConnectedOptions) => Promise<Client>;
  readonly stop: () => Promise<void>;
}

interface ConnectedOptions extends ClientOptions {
  readonly user?: string;
  readonly roles?: string;
  readonly query?: string;
}

/** A store that a test writes to; it fails as long as `broken` is set. */
interface MemoryStore<T extends { readonly name: string }> {
  readonly put: (value: T) => void;
  readonly remove: (name: string) => void;
  broken: boolean;
}

let versions = 0;

/** Starts a router on a free port and waits until it is ready, or for nothing when the stores are broken. */
export async function runningRouter(
  settings: Readonly<Record<string, string>> = {},
  { broken = false } = {},
): Promise<RunningRouter> {
  const gateway = await fakeGateway();
  const tools = memoryStore<CatalogueTool>(broken);
  const adapters = memoryStore<CatalogueAdapter>(broken);
  const router = await startRouter(
    {
      stores: () => Promise.resolve({ tools: tools.store, adapters: adapters.store }),
      ranking: wordRanking(),
      log: silent,
      version: '0.0.0',
    },
    loadSettings({
      HOST: '127.0.0.1',
      PORT: '0',
      GATEWAY_URL: gateway.url,
      GATEWAY_SECRETS: `${SECRET},an-older-secret-of-the-same-and-more-length`,
      DRAIN_SECONDS: '2',
      ...settings,
    }),
  );
  if (!broken) await ready(router);
  const clients: Client[] = [];
  const as = (user: string, roles = ''): Record<string, string> => ({
    'x-gateway-secret': SECRET,
    'x-mcp-userid': user,
    'x-mcp-roles': roles,
    'x-request-id': 'request-1',
  });
  return {
    url: `${router.url}/mcp`,
    gateway,
    tools,
    adapters,
    as,
    client: async (era, { user = 'alice', roles = '', query = '', ...options } = {}) => {
      const client = new Client(
        { name: 'test', version: '1' },
        {
          versionNegotiation: { mode: era === 'legacy' ? 'legacy' : { pin: '2026-07-28' } },
          ...options,
        },
      );
      const transport = new StreamableHTTPClientTransport(new URL(`${router.url}/mcp${query}`), {
        requestInit: { headers: as(user, roles) },
      });
      await client.connect(transport);
      clients.push(client);
      return client;
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await router.stop();
      await gateway.stop();
    },
  };
}

/** A registered tool whose creator is alice and that the role `team` may call. */
export function toolNamed(name: string, more: Partial<ToolEntry> = {}): CatalogueTool {
  const tool = { name, inputSchema: { type: 'object' }, ...more };
  return { name, uid: `uid-${name}`, createdBy: 'alice', requiredRoles: ['team'], toolDefinition: { tool } }; // prettier-ignore
}

/** An adapter that offers what it has; alice made it and the role `team` may call it. */
export function adapterNamed(name: string): CatalogueAdapter {
  return { name, uid: `uid-${name}`, createdBy: 'alice', requiredRoles: ['team'], exposeTools: true }; // prettier-ignore
}

function memoryStore<T extends { readonly name: string }>(broken: boolean) {
  const values = new Map<string, Stored<T>>();
  const memory = {
    broken,
    put: (value: T) => void values.set(value.name, { value, etag: String(++versions) }),
    remove: (name: string) => void values.delete(name),
    store: {
      get: (name: string) => Promise.resolve(values.get(name)),
      versions: () => {
        if (memory.broken) return Promise.reject(new Error('the store is broken'));
        return Promise.resolve(new Map([...values].map(([name, { etag }]) => [name, etag])));
      },
      list: ({ after = '', limit = 100 } = {}) => {
        if (memory.broken) return Promise.reject(new Error('the store is broken'));
        const sorted = [...values.values()].sort((a, b) => (a.value.name < b.value.name ? -1 : 1));
        return Promise.resolve(sorted.filter(({ value }) => value.name > after).slice(0, limit));
      },
    },
  };
  return memory;
}

async function ready({ url }: Router): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if ((await fetch(`${url}/health/ready`)).ok) return;
    await sleep(10);
  }
  throw new Error('the router does not become ready');
}

/** A log that nobody reads. */
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
function nothing(): void {
  // a test reads no log
}
