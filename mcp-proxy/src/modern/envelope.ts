import type { IncomingHttpHeaders } from 'node:http';
import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import {
  isModernVersion,
  LEGACY_VERSIONS,
  METHOD_HEADER,
  NAME_HEADER,
  VERSION_HEADER,
} from '@mcp-gateway/core/domain/mcp';
import type { Refusal } from '../http/answer.ts';
import { isRecord, type Message, metaOf } from '../json/message.ts';
import { headerText } from '@mcp-gateway/core/domain/header-text';

/** Reserved members of `_meta` (MCP 2026-07-28 basic/index). */
export const META = {
  version: 'io.modelcontextprotocol/protocolVersion',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  client: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscription: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** Where the value stands that `Mcp-Name` repeats. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** True for what belongs to the stateless era: the body says so, or the header where the body says nothing. */
export function isModern(message: Message, headers: IncomingHttpHeaders): boolean {
  if (message.method === undefined) return false;
  const modernHeader = isModernVersion(single(headers[VERSION_HEADER]));
  if (message.method === 'initialize') return modernHeader || hasModernEnvelope(message);
  return modernHeader || META.version in metaOf(message.params);
}

function hasModernEnvelope({ params }: Message): boolean {
  const meta = metaOf(params);
  const version = meta[META.version];
  return (
    typeof version === 'string' && isModernVersion(version) && isRecord(meta[META.capabilities])
  );
}

/** The honest refusal by which a client of both eras knows that it must `initialize` (MCP 2026-07-28 versioning). */
export function legacyOnly(message: Message, headers: IncomingHttpHeaders): Refusal {
  return unsupported(LEGACY_VERSIONS, requestedOf(message, headers));
}

/** What is wrong with a modern message and its headers; the checks that a child on stdio cannot make. */
export function envelopeRefusal(
  message: Message,
  headers: IncomingHttpHeaders,
  supported: readonly string[],
): Refusal | undefined {
  const requested = requestedOf(message, headers);
  return (
    metaRefusal(message, headers) ??
    disagreement(message, headers) ??
    (isModernVersion(requested) && supported.includes(requested ?? '')
      ? undefined
      : unsupported(supported, requested)) ??
    (message.id === undefined ? undefined : absentHeader(message, headers))
  );
}

function requestedOf({ params }: Message, headers: IncomingHttpHeaders): string | undefined {
  const claimed = metaOf(params)[META.version];
  return typeof claimed === 'string' ? claimed : single(headers[VERSION_HEADER]);
}

function unsupported(supported: readonly string[], requested: string | undefined): Refusal {
  return {
    status: 400,
    code: RPC.unsupportedVersion,
    message: `Unsupported protocol version${requested === undefined ? '' : `: ${requested}`}`,
    data: { supported, ...(requested !== undefined && { requested }) },
  };
}

function metaRefusal(
  { id, method, params }: Message,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
  const meta = metaOf(params);
  const claimed = META.version in meta;
  if (method === 'initialize' && !claimed) {
    return mismatch('initialize belongs to revisions before the one that the header names');
  }
  if (claimed && typeof meta[META.version] !== 'string')
    return envelope(META.version, 'must be a string');
  if (id === undefined) return undefined;
  if (!claimed) {
    const named = single(headers[VERSION_HEADER]) ?? '';
    return envelope(META.version, `is required by revision ${named}, which the header names`);
  }
  if (!(META.capabilities in meta)) return envelope(META.capabilities, 'is required');
  if (!isRecord(meta[META.capabilities])) return envelope(META.capabilities, 'must be an object');
  const client = meta[META.client];
  return client === undefined || isRecord(client)
    ? undefined
    : envelope(META.client, 'must be an object');
}

function envelope(member: string, problem: string): Refusal {
  return {
    status: 400,
    code: RPC.invalidParams,
    message: `Invalid params: _meta ${member} ${problem}`,
  };
}

/** Headers that are there and say something else than the body. */
function disagreement(
  { method = '', params }: Message,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
  const version = single(headers[VERSION_HEADER]);
  const claimed = metaOf(params)[META.version];
  if (version !== undefined && typeof claimed === 'string' && version !== claimed) {
    return mismatch('MCP-Protocol-Version differs from the version in _meta');
  }
  const named = single(headers[METHOD_HEADER]);
  return named === undefined || named === method
    ? undefined
    : mismatch('Mcp-Method differs from the method');
}

/** Headers that a request must have; `Mcp-Name` must also agree. */
function absentHeader(
  { method = '', params }: Message,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
  if (headers[VERSION_HEADER] === undefined) return mismatch('MCP-Protocol-Version is required');
  if (headers[METHOD_HEADER] === undefined) return mismatch('Mcp-Method is required');
  const member = Object.hasOwn(NAMED_BY, method) ? NAMED_BY[method] : undefined;
  if (member === undefined) return undefined;
  const value = params?.[member];
  const header = single(headers[NAME_HEADER]);
  if (header === undefined) {
    return typeof value === 'string'
      ? mismatch(`Mcp-Name is required: it repeats params.${member}`)
      : undefined;
  }
  const name = headerText(header);
  if (name === undefined) return mismatch('Mcp-Name is malformed base64');
  return typeof value === 'string' && value !== name
    ? mismatch(`Mcp-Name differs from params.${member}`)
    : undefined;
}

/** A disagreement between headers and body. */
export function mismatch(message: string): Refusal {
  return { status: 400, code: RPC.headerMismatch, message: `Header mismatch: ${message}` };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header?.trim();
}
