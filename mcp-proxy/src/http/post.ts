import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import { isDeeper } from '@mcp-gateway/core/domain/json/depth';
import { type Message, messageOf } from '../json/message.ts';
import { oneLine } from '../json/one-line.ts';
import { type Accepted, accepted } from './accept.ts';
import type { Refusal } from './answer.ts';

/** A message that a client posted, read and checked as far as both eras agree. */
export interface Post {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly accepts: Accepted;
  readonly message: Message;
  /** The bytes as they came, without raw line breaks; text where they are few. */
  readonly line: string | Buffer;
}

const SMALL = 16 * 1024;
/** Millions of containers in each other take seconds to parse, in which nobody else is served. */
const MAX_DEPTH = 1000;

/** Reads the one message that a body must be. */
export function readPost(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Post | Refusal {
  if (!isUtf8(body)) return parseError('The body is not UTF-8');
  if (body.length > SMALL && isDeeper(body, MAX_DEPTH)) {
    return parseError(`The body is nested more than ${MAX_DEPTH} deep`);
  }
  const text = body.toString();
  const value = parse(text);
  if (value === undefined) return parseError('The body is not JSON');
  const message = messageOf(value);
  if (typeof message === 'string') return { status: 400, code: RPC.invalidRequest, message };
  const line = oneLine(body);
  return {
    request,
    response,
    accepts: accepted(request.headers.accept),
    message,
    line: line.length < SMALL ? textOf(line, body, text) : line,
  };
}

function textOf(line: Buffer, body: Buffer, text: string): string {
  return line === body ? text : line.toString();
}

function parseError(message: string): Refusal {
  return { status: 400, code: RPC.parseError, message };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
