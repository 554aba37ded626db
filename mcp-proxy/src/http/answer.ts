import type { ServerResponse } from 'node:http';
import { errorResponse, type JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';

/** An answer that is an error of the bridge's own. */
export interface Refusal {
  readonly status: number;
  /** The JSON-RPC code; the status where none is given, which is outside of what JSON-RPC reserves. */
  readonly code?: number;
  readonly message: string;
  readonly data?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends JSON in one write. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers?: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
    ...headers,
  });
  response.end(body);
}

/** Sends an error of the bridge's own as JSON-RPC. */
export function refuse(response: ServerResponse, id: JsonRpcId | null, refusal: Refusal): void {
  sendJson(response, refusal.status, refusalBody(id, refusal), refusal.headers);
}

/** The JSON-RPC text of an error of the bridge's own. */
export function refusalBody(id: JsonRpcId | null, refusal: Refusal): string {
  const { status, code = status, message, data } = refusal;
  return errorResponse(id, { code, message, ...(data !== undefined && { data }) });
}

/** Acknowledges a message that has no answer. */
export function sendAccepted(response: ServerResponse): void {
  response.writeHead(202, { 'content-length': 0 });
  response.end();
}
