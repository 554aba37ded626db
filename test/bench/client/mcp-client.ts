import type { HttpAnswer } from './answer-parser.ts';
import type { Connection } from './connection.ts';

/** Where an MCP server listens on this machine. */
export interface Endpoint {
  readonly port: number;
  readonly path: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A session, or none where the server gives no id. */
export interface Session {
  readonly endpoint: Endpoint;
  readonly id?: string;
  /** Ids unique among all requests of this session. */
  nextId(): number;
}

/** A JSON-RPC answer, as far as measuring reads it. */
export interface RpcAnswer {
  readonly id?: number;
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly tools?: readonly unknown[];
  };
  readonly error?: { readonly code: number; readonly message: string };
}

const VERSION = '2025-06-18';
const FIRST_ID = 1_000_000; // ids of one width, so that every request has the same length

/** Does the handshake of a new session. Throws when it is refused. */
export async function openSession(connection: Connection, endpoint: Endpoint): Promise<Session> {
  let id = FIRST_ID;
  const nextId = () => ++id;
  const params = `{"protocolVersion":"${VERSION}","capabilities":{},"clientInfo":{"name":"bench","version":"1.0.0"}}`;
  const opened = await connection.exchange(
    post({ endpoint, nextId }, requestBody(nextId(), 'initialize', params)),
  );
  readMessage(opened, id);
  const sessionId = /\r\nmcp-session-id: *([^\r]+)/i.exec(opened.head)?.[1];
  const session = { endpoint, nextId, ...(sessionId !== undefined && { id: sessionId }) };
  const noted = await connection.exchange(
    post(session, '{"jsonrpc":"2.0","method":"notifications/initialized"}'),
  );
  if (noted.status >= 300) throw new Error(`initialized was refused: ${noted.status}`);
  return session;
}

/** Ends a session; whether the server allows that does not matter. */
export async function closeSession(connection: Connection, session: Session): Promise<void> {
  await connection.exchange(`DELETE ${session.endpoint.path} HTTP/1.1\r\n${headers(session)}\r\n`);
}

/** The text of a JSON-RPC request; `params` is JSON. */
export function requestBody(id: number, method: string, params: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;
}

/** The bytes of a POST in a session; the body must be ASCII. */
export function post(session: Session, body: string): string {
  return `POST ${session.endpoint.path} HTTP/1.1\r\n${headers(session)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const headersOf = new WeakMap<Session, string>();

function headers(session: Session): string {
  const known = headersOf.get(session);
  if (known !== undefined) return known;
  const { endpoint, id } = session;
  const fields = {
    Host: `127.0.0.1:${endpoint.port}`,
    Accept: 'application/json, text/event-stream',
    ...endpoint.headers,
    ...(id !== undefined && { 'Mcp-Session-Id': id, 'MCP-Protocol-Version': VERSION }),
  };
  const text = Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  headersOf.set(session, text);
  return text;
}

/** The JSON-RPC message of an answer, from a JSON body or the first message of an event stream. */
export function messageBytes({ head, body }: HttpAnswer): Buffer {
  if (!/\r\ncontent-type: *text\/event-stream/i.test(head)) return body;
  const start = body.indexOf('data: {');
  const end = body.indexOf(10, start);
  if (start < 0 || end < 0) throw new Error('an event stream without a message');
  return body.subarray(start + 'data: '.length, end);
}

/** The result that answers a request. Throws on another id, an error or a status that is none of success. */
export function readMessage(answer: HttpAnswer, id: number): NonNullable<RpcAnswer['result']> {
  if (answer.status !== 200) {
    throw new Error(`status ${answer.status}: ${answer.body.subarray(0, 300).toString()}`);
  }
  const message = JSON.parse(messageBytes(answer).toString()) as RpcAnswer; // checked below as far as used
  if (message.id !== id) throw new Error(`answer ${String(message.id)} to request ${id}`);
  if (message.error) throw new Error(`error ${message.error.code}: ${message.error.message}`);
  if (!message.result) throw new Error('an answer without a result');
  return message.result;
}
