import { isId, type JsonRpcId } from '@mcp-gateway/core/domain/json-rpc';

type Fields = Readonly<Record<string, unknown>>;

/** A JSON-RPC message, by what it has. */
export interface Message {
  /** Present in requests and responses; `null` in errors about what could not be read. */
  readonly id: JsonRpcId | null | undefined;
  /** Present in requests and notifications. */
  readonly method: string | undefined;
  readonly params: Fields | undefined;
  readonly result: unknown;
  readonly error: unknown;
}

/** The message that a JSON value is, or why it is none. */
export function messageOf(value: unknown): Message | string {
  if (Array.isArray(value)) return 'Batches are not supported: send one message a request';
  if (!isRecord(value)) return 'A message must be a JSON object';
  const { id, method, params, result, error } = value;
  if (value.jsonrpc !== '2.0') return 'jsonrpc must be "2.0"';
  if (id !== undefined && id !== null && !isId(id)) return 'id must be a string or a number';
  if (method === undefined) return response(id, result, error);
  if (typeof method !== 'string') return 'method must be a string';
  if (id === null) return 'The id of a request must not be null';
  if (params !== undefined && typeof params !== 'object') return 'params must be an object';
  return {
    id,
    method,
    params: isRecord(params) ? params : undefined,
    result: undefined,
    error: undefined,
  };
}

function response(id: Message['id'], result: unknown, error: unknown): Message | string {
  if (result === undefined && error === undefined) {
    return 'A message must have a method, a result or an error';
  }
  if (id === undefined) return 'A response must have an id';
  return { id, method: undefined, params: undefined, result, error };
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON value of bytes, or `undefined` where they are none; a byte that is no UTF-8 spoils no more than its character. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** `_meta` of parameters or a result, empty where there is none. */
export function metaOf(holder: unknown): Fields {
  const meta = isRecord(holder) ? holder._meta : undefined;
  return isRecord(meta) ? meta : {};
}

/** A progress token, from the place where a request has it or a notification. */
export function tokenOf(value: unknown): JsonRpcId | undefined {
  return isId(value) ? value : undefined;
}
