import type { IncomingMessage, ServerResponse } from 'node:http';
import { isModernVersion, VERSION_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Admission } from './admission.ts';
import { accepted, mayBeJson } from './http/accept.ts';
import { type Refusal, refuse, sendAccepted } from './http/answer.ts';
import { readBody } from './http/body.ts';
import type { Guard } from './http/guard.ts';
import { type Post, readPost } from './http/post.ts';
import type { LegacyEndpoint } from './legacy/legacy-endpoint.ts';
import type { Callers } from './modern/callers.ts';
import { envelopeRefusal, isModern, legacyOnly } from './modern/envelope.ts';

export interface McpEndpointOptions {
  readonly legacy: LegacyEndpoint;
  readonly callers: Callers;
  readonly admit: Admission;
  readonly maxBodyBytes: number;
  readonly guard: Guard;
}

/** Streamable HTTP of both eras on one path; this is where a message's era is decided. */
export function mcpEndpoint(options: McpEndpointOptions) {
  const { legacy, guard } = options;
  const take = (post: Post): void => {
    if (isModern(post.message, post.request.headers)) modernPost(post, options);
    else legacy.post(post);
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const barred = guard(request);
    if (barred !== undefined) refuse(response, null, { status: 403, message: barred });
    else if (request.method === 'POST') receive(request, response, options, take);
    else if (isModernVersion(request.headers[VERSION_HEADER] as string | undefined)) {
      refuse(response, null, postOnly);
    } else if (request.method === 'GET') legacy.get(request, response);
    else if (request.method === 'DELETE') legacy.remove(request, response);
    else refuse(response, null, noSuchMethod);
  };
}

/** Reads the body once the child that will get it takes its input. */
function receive(
  request: IncomingMessage,
  response: ServerResponse,
  { legacy, callers, maxBodyBytes }: McpEndpointOptions,
  take: (post: Post) => void,
): void {
  const wrong = mediaRefusal(request);
  if (wrong) {
    refuse(response, null, wrong);
    return;
  }
  const read = (): void =>
    readBody(request, maxBodyBytes, (body) => {
      if (body === undefined) {
        refuse(response, null, tooLarge(maxBodyBytes));
        return;
      }
      const post = readPost(request, response, body);
      if ('status' in post) refuse(response, null, post);
      else take(post);
    });
  const child = legacy.sessionOf(request)?.child ?? callers.childOf(request);
  if (child?.blocked()) child.whenDrained(read);
  else read();
}

function modernPost(post: Post, { callers, admit }: McpEndpointOptions): void {
  const { request, response, message } = post;
  const id = message.id ?? null;
  admit(post, (era) => {
    const refusal =
      era.kind === 'legacy'
        ? legacyOnly(message, request.headers)
        : envelopeRefusal(message, request.headers, era.supported);
    if (refusal) refuse(response, id, refusal);
    else if (id === null) {
      callers.notify(post);
      sendAccepted(response);
    } else callers.call(post, id, era.kind === 'modern' ? era.supported : []);
  });
}

function mediaRefusal({ headers }: IncomingMessage): Refusal | undefined {
  if (!mayBeJson(headers['content-type'])) {
    return { status: 415, message: 'Content-Type must be application/json' };
  }
  const { json, events } = accepted(headers.accept);
  if (json || events) return undefined;
  return { status: 406, message: 'Accept must allow application/json or text/event-stream' };
}

function tooLarge(maxBytes: number): Refusal {
  return { status: 413, message: `The body is larger than ${maxBytes} bytes` };
}

const postOnly: Refusal = {
  status: 405,
  message: 'This revision has POST alone',
  headers: { allow: 'POST' },
};
const noSuchMethod: Refusal = {
  status: 405,
  message: 'Method not allowed',
  headers: { allow: 'GET, POST, DELETE' },
};
