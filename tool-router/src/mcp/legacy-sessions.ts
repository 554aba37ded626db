import { randomUUID } from 'node:crypto';
import {
  isInitializeRequest,
  WebStandardStreamableHTTPServerTransport,
  type ClientCapabilities,
  type McpServer,
} from '@modelcontextprotocol/server';
import type { Caller } from '../caller.ts';
import { refusal, sessionNotFound } from './errors.ts';
import type { ListMode, ServerScope } from './handling.ts';
import type { Watch } from './watch.ts';

/** A request of the era with sessions, its body read. */
interface LegacyRequest {
  readonly request: Request;
  readonly body: unknown;
  readonly caller: Caller;
  readonly mode: ListMode;
}

/** Sessions of the eras up to 2025-11-25, each bound to the user who has opened it. */
export interface LegacySessions {
  readonly fetch: (request: LegacyRequest) => Promise<Response>;
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

export interface LegacySessionOptions {
  readonly server: (scope: ServerScope) => McpServer;
  readonly watch: Watch;
  readonly seesOther: (one: Caller, other: Caller) => boolean;
  readonly idleMs: number;
  readonly maxSessions: number;
  readonly maxBodyBytes: number;
  /** Told of each session that has ended. */
  readonly ended: (session: string) => void;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: McpServer;
  readonly owner: string;
  readonly idle: NodeJS.Timeout;
  readonly unwatch: () => void;
  caller: Caller;
  /** Requests and streams that are open. */
  open: number;
}

/** No sessions yet. */
export function legacySessions(options: LegacySessionOptions): LegacySessions {
  const sessions = new Map<string, Session>();

  const begin = async ({ request, body, caller, mode }: LegacyRequest): Promise<Response> => {
    if (sessions.size >= options.maxSessions) return refusal(503, 'There are too many sessions.');
    const capabilities = capabilitiesIn(body);
    const id = randomUUID();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      maxRequestBodySize: options.maxBodyBytes,
      onsessioninitialized: () => {
        sessions.set(id, sessionOf(id, { transport, server, caller }, options));
      },
    });
    const server = options.server({
      era: 'legacy',
      mode,
      session: id,
      capabilities: () => capabilities,
    });
    await server.connect(transport);
    const closed = transport.onclose;
    transport.onclose = () => {
      forget(id);
      closed?.();
    };
    const response = await transport.handleRequest(request, { parsedBody: body });
    // No session came of it: the transport has refused what was no initialize.
    if (!sessions.has(id)) await transport.close();
    return response;
  };

  const forget = (id: string): void => {
    const session = sessions.get(id);
    if (session === undefined) return;
    sessions.delete(id);
    clearTimeout(session.idle);
    session.unwatch();
    options.ended(id);
  };

  return {
    fetch: async (legacy) => {
      const { request, body, caller } = legacy;
      const id = request.headers.get('mcp-session-id');
      if (id === null) return begin(legacy);
      const session = sessions.get(id);
      if (session?.owner !== caller.principal.id) return sessionNotFound();
      session.idle.refresh();
      const before = session.caller;
      session.caller = caller;
      if (options.seesOther(before, caller)) {
        for (const kind of ['tools', 'prompts', 'resources'] as const)
          void tell(session.server, kind);
      }
      session.open++;
      const response = await session.transport.handleRequest(
        request,
        body === undefined ? {} : { parsedBody: body },
      );
      return whenEnded(response, request.signal, () => {
        session.open--;
        session.idle.refresh();
      });
    },
    size: () => sessions.size,
    close: async () => {
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
    },
  };
}

/** A session that ends when it is idle, and tells its client of changes. */
function sessionOf(
  id: string,
  parts: Pick<Session, 'transport' | 'server' | 'caller'>,
  options: LegacySessionOptions,
): Session {
  const { transport, server, caller } = parts;
  const asker = () => ({ caller: session.caller, session: id, capabilities: {} });
  const session: Session = {
    ...parts,
    owner: caller.principal.id,
    open: 0,
    idle: setTimeout(() => {
      if (session.open > 0) session.idle.refresh();
      else void transport.close();
    }, options.idleMs).unref(),
    unwatch: options.watch.subscribe(asker, (kind) => void tell(server, kind)),
  };
  return session;
}

const TELL = {
  tools: 'sendToolListChanged',
  prompts: 'sendPromptListChanged',
  resources: 'sendResourceListChanged',
} as const;

/** On the session's own stream; without one nobody is listening. */
async function tell(server: McpServer, kind: keyof typeof TELL): Promise<void> {
  await server.server[TELL[kind]]().catch(() => undefined);
}

function capabilitiesIn(body: unknown): ClientCapabilities {
  return isInitializeRequest(body) ? body.params.capabilities : {};
}

/** Calls back once the answer was read to its end, or nobody wants it any more. */
function whenEnded(response: Response, signal: AbortSignal, ended: () => void): Response {
  if (response.body === null) {
    ended();
    return response;
  }
  let open = true;
  const end = (): void => {
    if (open) ended();
    open = false;
  };
  signal.addEventListener('abort', end, { once: true });
  const through = new TransformStream<Uint8Array, Uint8Array>({ flush: end });
  return new Response(response.body.pipeThrough(through, { signal }), response);
}
