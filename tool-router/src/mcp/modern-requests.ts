import {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  type ClientCapabilities,
  type McpHttpHandler,
  type McpServer,
  type ServerEvent,
  type ServerEventBus,
} from '@modelcontextprotocol/server';
import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import type { Asker } from '../adapters/adapter-lists.ts';
import type { Caller } from '../caller.ts';
import type { ListMode, ServerScope } from './handling.ts';
import { refusal } from './errors.ts';
import type { Watch } from './watch.ts';
import type { Tools } from './tools.ts';

/** A request of the era from 2026-07-28 on, its body read. */
interface ModernRequest {
  readonly request: Request;
  readonly body: unknown;
  readonly caller: Caller;
  readonly mode: ListMode;
}

/** Requests that stand alone. */
export interface ModernRequests {
  readonly fetch: (request: ModernRequest) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export interface ModernRequestOptions {
  readonly server: (scope: ServerScope) => McpServer;
  readonly tools: Tools;
  readonly watch: Watch;
  readonly maxSubscriptions: number;
}

interface Subscribing {
  count: number;
}

/** One handler a request, so that each has the caller's own view of what changes. */
export function modernRequests(options: ModernRequestOptions): ModernRequests {
  const open = new Set<McpHttpHandler>();
  const subscribing: Subscribing = { count: 0 };

  return {
    fetch: async ({ request, body, caller, mode }) => {
      const { method, id, params } = messageOf(body);
      if (method === 'subscriptions/listen' && subscribing.count >= options.maxSubscriptions) {
        const details = { code: RPC.internalError, id };
        return refusal(200, 'Subscription limit reached', details);
      }
      const asker = { caller, session: undefined, capabilities: capabilitiesIn(params) };
      const schema = method === 'tools/call' ? await schemaOf(options, asker, params) : undefined;
      const handler = createMcpHandler(
        () => {
          const server = options.server({
            era: 'modern',
            mode,
            session: undefined,
            capabilities: () => asker.capabilities,
          });
          // By it the library checks the headers that repeat arguments.
          server.toolInputSchemaJson = () => schema;
          return server;
        },
        { legacy: 'reject', bus: busOf(options.watch, asker, subscribing) },
      );
      open.add(handler);
      const forget = (): void => void open.delete(handler);
      request.signal.addEventListener('abort', forget, { once: true });
      const response = await handler.fetch(request, { parsedBody: body });
      return forgetWhenRead(response, forget);
    },
    close: async () => {
      await Promise.all([...open].map((handler) => handler.close()));
    },
  };
}

/** Changes that this caller can see, for as long as a subscription is open. */
function busOf(watch: Watch, asker: Asker, subscribing: Subscribing): ServerEventBus {
  return {
    publish: () => undefined,
    subscribe: (listener) => {
      subscribing.count++;
      const unwatch = watch.subscribe(
        () => asker,
        (kind) => listener({ kind: `${kind}_list_changed` } satisfies ServerEvent),
      );
      let live = true;
      return () => {
        if (!live) return;
        live = false;
        subscribing.count--;
        unwatch();
      };
    },
  };
}

async function schemaOf(
  { tools }: ModernRequestOptions,
  asker: Asker,
  { name }: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown> | undefined> {
  if (typeof name !== 'string') return undefined;
  const found = await tools.find(asker, name);
  return found === undefined || found.kind === 'unknowable' ? undefined : found.tool.inputSchema;
}

function messageOf(body: unknown): {
  method: unknown;
  id: string | number | null;
  params: Readonly<Record<string, unknown>>;
} {
  const { method, id, params } = (body ?? {}) as Record<string, unknown>;
  return {
    method,
    id: typeof id === 'string' || typeof id === 'number' ? id : null,
    params:
      typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {},
  };
}

function capabilitiesIn({ _meta }: Readonly<Record<string, unknown>>): ClientCapabilities {
  const declared = (_meta as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
  return typeof declared === 'object' && declared !== null ? declared : {};
}

function forgetWhenRead(response: Response, forget: () => void): Response {
  if (
    response.body === null ||
    !response.headers.get('content-type')?.startsWith('text/event-stream')
  ) {
    forget();
    return response;
  }
  const through = new TransformStream<Uint8Array, Uint8Array>({ flush: forget });
  return new Response(response.body.pipeThrough(through), response);
}
