/** A JSON-RPC 2.0 id; the type matters, `1` is not `"1"`. */
export type JsonRpcId = string | number;

/** A number as it was written, where reading it as a number would change it; echoes to the letter. */
interface WrittenNumber {
  readonly rawJSON: string;
}

/** The id of a request as its answer repeats it; `null` where it is not known. */
export type EchoedId = JsonRpcId | WrittenNumber | null;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

// ECMAScript's "JSON.parse source text access", which the type library does not know yet.
declare global {
  interface JSON {
    // A method, since only methods add to those that are there.
    parse(text: string, reviver: Reviver): unknown;
    rawJSON: (text: string) => WrittenNumber;
    isRawJSON: (value: unknown) => value is WrittenNumber;
  }
}

export interface JsonRpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Standard and MCP error codes that this project itself emits (JSON-RPC 2.0 section 5.1, MCP basic/index). */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const;

/** The text of a JSON-RPC error response; `id` is `null` where the request's is not known. */
export function errorResponse(id: EchoedId, error: JsonRpcErrorObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}

/** The id of the request in `body`, or `null` if it is no single JSON-RPC request. */
export function requestIdOf(body: Uint8Array | string): EchoedId {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    const message = JSON.parse(text, asWritten);
    if (typeof message !== 'object' || message === null || !('id' in message)) return null;
    return isId(message.id) || JSON.isRawJSON(message.id) ? message.id : null;
  } catch {
    return null;
  }
}

const asWritten: Reviver = (key, value, { source }) => {
  const changed = key === 'id' && typeof value === 'number' && String(value) !== source;
  return changed && source !== undefined ? JSON.rawJSON(source) : value;
};

/** True for what JSON-RPC allows as the id of a request. */
export function isId(value: unknown): value is JsonRpcId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}
