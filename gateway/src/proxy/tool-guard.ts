import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { headerText } from '@mcp-gateway/core/domain/header-text';
import { isDeeper } from '@mcp-gateway/core/domain/json/depth';
import { eachMember, elementSpans, type Span } from '@mcp-gateway/core/domain/json/spans';
import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import { METHOD_HEADER, NAME_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { ToolPolicy } from '@mcp-gateway/core/domain/tool-rules';
import { isPlainJson } from './heard-messages.ts';

const MAX_DEPTH = 1_000;
const MEMBERS = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'];
const CALL_MEMBERS = ['name', 'arguments'];
const GUARDED = ['tools/call', 'tools/list'];

/** What the rules say to a body. */
export interface Guarded {
  /** Whether the answer may list tools. */
  readonly lists: boolean;
  /** The body of the answer that the client gets instead, if a tool may not be called. */
  readonly refusal: string | undefined;
}

/** A message as far as rules are about it. */
interface Message {
  /** The id as it is written, where an answer is wanted. */
  readonly id: string | undefined;
  readonly method: string | undefined;
  /** Of a `tools/call`. */
  readonly tool: string | undefined;
}

/**
 * Holds a body against the rules. Whatever two servers could understand differently is refused, so that none of them
 * does what the rules have not seen; throws `invalid_request`, `unsupported_media_type` or `header_mismatch`.
 */
export function guardTools(request: IncomingMessage, body: Buffer, policy: ToolPolicy): Guarded {
  if (body.length === 0) return { lists: false, refusal: undefined };
  assertPlain(request);
  const { messages, isBatch } = messagesIn(body);
  assertAgreement(request, messages);
  const isRefused = ({ method, tool }: Message): boolean =>
    method === 'tools/call' && (tool === undefined || !policy(tool));
  return {
    lists: messages.some(({ method }) => method === 'tools/list'),
    refusal: messages.some(isRefused) ? refusalOf(messages, isRefused, isBatch) : undefined,
  };
}

/** One server may take the first of two fields, another the last. */
function assertPlain(request: IncomingMessage): void {
  const { rawHeaders } = request;
  const seen = { 'content-type': 0, 'content-encoding': 0 };
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase().replaceAll('_', '-');
    if (name === 'content-type' || name === 'content-encoding') seen[name] += 1;
  }
  if (!isPlainJson(request) || seen['content-type'] > 1 || seen['content-encoding'] > 1) {
    const message = 'The body must be plain JSON in UTF-8, because this server has rules about its tools.'; // prettier-ignore
    throw new GatewayError('unsupported_media_type', message);
  }
}

function messagesIn(body: Buffer) {
  if (!isUtf8(body)) throw invalid('is not UTF-8');
  if (isDeeper(body, MAX_DEPTH)) throw invalid(`is nested more than ${MAX_DEPTH} deep`);
  const text = body.toString();
  assertJson(text);
  const start = /\S/.exec(text)?.index ?? 0;
  const isBatch = text[start] === '[';
  const starts = isBatch ? elementSpans(text, start).map((span) => span.start) : [start];
  const messages = starts.map((at) => {
    if (text[at] !== '{') throw invalid('has something that is no JSON-RPC message');
    return messageAt(text, at);
  });
  return { messages, isBatch };
}

function assertJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw invalid('is not JSON');
  }
}

function messageAt(text: string, at: number): Message {
  const members = membersAt(text, at, MEMBERS);
  const method = stringAt(text, members.get('method'));
  if (method !== undefined && !GUARDED.includes(method) && GUARDED.includes(plain(method))) {
    throw invalid('has a method that servers may understand differently');
  }
  const params = members.get('params');
  const named = method === 'tools/call' && params !== undefined ? membersAt(text, params.start, CALL_MEMBERS) : undefined; // prettier-ignore
  const id = members.get('id');
  return {
    id: method === undefined ? undefined : idText(text, id),
    method,
    tool: stringAt(text, named?.get('name')),
  };
}

/** Some servers take members of another case, and of two members of one name the first. */
function membersAt(text: string, at: number, wanted: readonly string[]): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  eachMember(text, at, (key, value) => {
    const name = plain(key);
    if (!wanted.includes(name)) return;
    if (name !== key || found.has(key)) throw invalid(`has a member "${name}" that servers may understand differently`); // prettier-ignore
    found.set(key, value);
  });
  return found;
}

/** Letters that fold into ASCII ones (such as the long s) count as those. */
function plain(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll(/[\s\p{Cc}\p{Cf}]/gu, ''); // prettier-ignore
}

function stringAt(text: string, span: Span | undefined): string | undefined {
  if (span === undefined || text[span.start] !== '"') return undefined;
  return JSON.parse(text.slice(span.start, span.end)) as string; // it begins with a quote
}

/** The id as its sender has written it; a number may be larger than we could write again. */
function idText(text: string, span: Span | undefined): string | undefined {
  const literal = span && text.slice(span.start, span.end);
  return literal !== undefined && /^["\d-]/.test(literal) ? literal : undefined;
}

/** Headers decide nothing here, but a server might believe them (MCP 2026-07-28, server validation). */
function assertAgreement({ headers }: IncomingMessage, messages: readonly Message[]): void {
  const [method, name] = [headers[METHOD_HEADER], headers[NAME_HEADER]];
  if (method === undefined && name === undefined) return;
  const [only, ...others] = messages;
  if (only === undefined || others.length > 0) throw mismatch('a batch has no Mcp-Method and no Mcp-Name'); // prettier-ignore
  if (method !== undefined && headerText(String(method)) !== only.method) {
    throw mismatch('Mcp-Method differs from the method');
  }
  if (name === undefined || only.method !== 'tools/call') return;
  if (headerText(String(name)) !== only.tool) throw mismatch('Mcp-Name differs from params.name');
}

/** What a server says of a tool that it does not have; of a batch nothing is done. */
function refusalOf(
  messages: readonly Message[],
  isRefused: (message: Message) => boolean,
  batch: boolean,
): string {
  const answers = messages.flatMap((message) => {
    if (message.id === undefined) return [];
    const error = isRefused(message)
      ? { code: RPC.invalidParams, message: `Unknown tool: ${message.tool ?? ''}` }
      : { code: RPC.invalidRequest, message: 'Not done: another call of this batch is refused' };
    return [`{"jsonrpc":"2.0","id":${message.id},"error":${JSON.stringify(error)}}`];
  });
  if (answers.length === 0) throw invalid('calls a tool that is unknown, and asks for no answer');
  return batch ? `[${answers.join(',')}]` : answers.join('');
}

function invalid(why: string): GatewayError {
  return new GatewayError('invalid_request', `The body ${why}.`);
}

function mismatch(what: string): GatewayError {
  return new GatewayError('header_mismatch', `Header mismatch: ${what}.`);
}
