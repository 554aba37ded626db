import { isLegacyRequest, type McpServer } from '@modelcontextprotocol/server';
import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import { callerOf } from '../caller.ts';
import { refusal } from './errors.ts';
import type { ListMode, ServerScope } from './handling.ts';
import { legacySessions, type LegacySessionOptions } from './legacy-sessions.ts';
import { modernRequests, type ModernRequestOptions } from './modern-requests.ts';

/** The one URL of the router, for both eras of the protocol. */
export interface McpEndpoint {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly sessions: () => number;
  /** Ends every session and stream. */
  readonly close: () => Promise<void>;
}

export interface McpEndpointOptions extends LegacySessionOptions, ModernRequestOptions {
  readonly server: (scope: ServerScope) => McpServer;
  readonly mode: ListMode;
  /** False while it is not known what there is. */
  readonly known: () => boolean;
}

/** Tells the eras apart by each request. */
export function mcpEndpoint(options: McpEndpointOptions): McpEndpoint {
  const legacy = legacySessions(options);
  const modern = modernRequests(options);
  return {
    fetch: async (request) => {
      const caller = callerOf(request.headers);
      if (!caller) return refusal(400, 'The gateway has not said who is calling.');
      if (!options.known()) return notReady();
      const mode = modeOf(request.url, options.mode);
      if (mode === undefined) return refusal(400, 'mode must be "all" or "search".');
      const body = request.method === 'POST' ? await bodyOf(request) : undefined;
      if (body instanceof Response) return body;
      const one = { request, body, caller, mode };
      const isLegacy = await isLegacyRequest(request, body);
      return opened(await (isLegacy ? legacy.fetch(one) : modern.fetch(one)), request.signal);
    },
    sessions: legacy.size,
    close: async () => {
      await Promise.all([legacy.close(), modern.close()]);
    },
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    return refusal(415, 'Content-Type must be application/json.');
  try {
    return JSON.parse(await request.text()) as unknown;
  } catch {
    return refusal(400, 'The body is not JSON.', { code: RPC.parseError });
  }
}

function modeOf(url: string, standard: ListMode): ListMode | undefined {
  const wanted = new URL(url).searchParams.get('mode') ?? standard;
  return wanted === 'all' || wanted === 'search' ? wanted : undefined;
}

function notReady(): Response {
  const response = refusal(503, 'It is not known yet what tools there are.', {
    code: RPC.internalError,
  });
  response.headers.set('retry-after', '2');
  return response;
}

/** Headers go out with the first byte, and a quiet stream would have none; a client that has gone ends its stream at once. */
function opened(response: Response, signal: AbortSignal): Response {
  if (response.body === null) return response;
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const through = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(': open\n\n')),
  });
  return new Response(response.body.pipeThrough(through, { signal }), response);
}
