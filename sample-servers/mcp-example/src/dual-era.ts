import { randomUUID } from 'node:crypto';
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
  type McpServerFactory,
  type ServerNotifier,
  type WebStandardStreamableHTTPServerTransportOptions,
} from '@modelcontextprotocol/server';

/** How long a session may go without a request, and what each session's transport gets. */
export interface DualEraOptions {
  readonly idleTimeoutMs: number;
  readonly transport?: () => WebStandardStreamableHTTPServerTransportOptions;
}

/** One MCP endpoint: `fetch` answers a request, `notify` tells subscribers, `close` ends every session and stream. */
export interface DualEraEndpoint {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly notify: ServerNotifier;
  readonly close: () => Promise<void>;
}

/** Serves both protocol eras at one URL: sessions up to 2025-11-25, requests that stand alone from 2026-07-28 on. */
export function dualEra(server: McpServerFactory, options: DualEraOptions): DualEraEndpoint {
  const modern = createMcpHandler(server, { legacy: 'reject' });
  const legacy = sessionful(server, options);
  return {
    fetch: async (request) => {
      const answer = (await isLegacyRequest(request)) ? legacy.fetch : modern.fetch;
      return endWithRequest(await answer(request), request.signal);
    },
    notify: modern.notify,
    close: async () => {
      await Promise.all([modern.close(), legacy.close()]);
    },
  };
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly idle: NodeJS.Timeout;
}

function sessionful(server: McpServerFactory, { idleTimeoutMs, transport: extra }: DualEraOptions) {
  const sessions = new Map<string, Session>();

  async function begin(request: Request): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      ...extra?.(),
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        const idle = setTimeout(() => void transport.close(), idleTimeoutMs).unref();
        sessions.set(id, { transport, idle });
      },
    });
    const instance = await server({ era: 'legacy', requestInfo: request });
    await instance.connect(transport);
    forgetWhenClosed(transport);
    const response = await transport.handleRequest(request);
    // No session came of it: the transport has refused what was no initialize.
    if (transport.sessionId === undefined) await transport.close();
    return response;
  }

  function forgetWhenClosed(transport: WebStandardStreamableHTTPServerTransport): void {
    const closed = transport.onclose;
    transport.onclose = () => {
      clearTimeout(sessions.get(transport.sessionId ?? '')?.idle);
      sessions.delete(transport.sessionId ?? '');
      closed?.();
    };
  }

  return {
    fetch: async (request: Request): Promise<Response> => {
      const id = request.headers.get('mcp-session-id');
      if (id === null) return begin(request);
      const session = sessions.get(id);
      if (session === undefined) return unknownSession();
      session.idle.refresh();
      return session.transport.handleRequest(request);
    },
    close: async () => {
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
    },
  };
}

/** A client that went away must free its stream at once, or its next GET meets "one stream per session". */
function endWithRequest(response: Response, signal: AbortSignal): Response {
  if (response.body === null) return response;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const through = new TransformStream<Uint8Array, Uint8Array>({
    // Node sends headers with the first byte; without one a quiet stream would not open.
    start: (controller) => {
      if (isStream) controller.enqueue(new TextEncoder().encode(': open\n\n'));
    },
  });
  return new Response(response.body.pipeThrough(through, { signal }), response);
}

/** The specification wants 404, upon which a client begins a new session. */
function unknownSession(): Response {
  const error = { code: -32001, message: 'Session not found' };
  return Response.json({ jsonrpc: '2.0', id: null, error }, { status: 404 });
}
