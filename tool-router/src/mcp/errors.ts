import { errorResponse, RPC, type JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';

/** A JSON-RPC error with its HTTP status. */
export function refusal(
  status: number,
  message: string,
  { id = null, code = RPC.invalidRequest }: { id?: JsonRpcId | null; code?: number } = {},
): Response {
  return new Response(errorResponse(id, { code, message }), {
    status,
    headers: { 'content-type': 'application/json' },
  });
}

/** What a client is told of a session that is not its own or is no more: it begins a new one (MCP 2025-11-25, transports). */
export const sessionNotFound = (): Response => refusal(404, 'Session not found', { code: -32001 });
