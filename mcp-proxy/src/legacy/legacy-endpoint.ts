import type { IncomingMessage, ServerResponse } from 'node:http';
import { type JsonRpcId, RPC } from '@mcp-gateway/core/domain/json-rpc';
import { LEGACY_VERSIONS, SESSION_HEADER, VERSION_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Admission } from '../admission.ts';
import { accepted } from '../http/accept.ts';
import { type Refusal, refuse, sendAccepted } from '../http/answer.ts';
import { createExchange } from '../http/exchange.ts';
import type { Post } from '../http/post.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

/** Streamable HTTP up to 2025-11-25: sessions by POST, GET and DELETE. */
export interface LegacyEndpoint {
  readonly post: (post: Post) => void;
  readonly get: (request: IncomingMessage, response: ServerResponse) => void;
  readonly remove: (request: IncomingMessage, response: ServerResponse) => void;
  /** The session of a request, where it names a living one. */
  readonly sessionOf: (request: IncomingMessage) => Session | undefined;
}

const VERSIONS = new Set([...LEGACY_VERSIONS, '2024-10-07']);

/** The endpoint over all sessions. */
export function legacyEndpoint(sessions: Sessions, admit: Admission): LegacyEndpoint {
  const sessionOf = ({ headers }: IncomingMessage): Session | undefined => {
    const id = headers[SESSION_HEADER];
    return typeof id === 'string' ? sessions.get(id) : undefined;
  };

  const begin = (post: Post, id: JsonRpcId): void => {
    const refusal =
      post.request.headers[SESSION_HEADER] === undefined
        ? undefined
        : sessionOf(post.request) === undefined
          ? unknown
          : initialized;
    if (refusal) refuse(post.response, id, refusal);
    else admit(post, () => sessions.open(post, id));
  };

  return {
    sessionOf,
    post: (post) => {
      const { request, response, message, line } = post;
      const id = message.method === undefined ? null : (message.id ?? null);
      const wrong = versionRefusal(request);
      if (wrong) refuse(response, id, wrong);
      else if (message.method === 'initialize' && id !== null) begin(post, id);
      else {
        const session = sessionOf(request);
        if (session === undefined) refuse(response, id, absence(request));
        else if (id === null) {
          session.tell(message, line);
          sendAccepted(response);
        } else {
          const exchange = createExchange(response, id, post.accepts, session.outflow);
          if (!session.call(message, line, exchange)) refuse(response, id, inUse);
        }
      }
    },
    get: (request, response) => {
      const wrong = versionRefusal(request);
      const session = sessionOf(request);
      if (wrong) refuse(response, null, wrong);
      else if (session === undefined) refuse(response, null, absence(request));
      else if (!accepted(request.headers.accept).events) refuse(response, null, noEvents);
      else if (!session.listen(response)) refuse(response, null, listening);
    },
    remove: (request, response) => {
      const session = sessionOf(request);
      if (session === undefined) {
        refuse(response, null, absence(request));
        return;
      }
      sessions.remove(session);
      response.writeHead(200, { 'content-length': 0 });
      response.end();
    },
  };
}

const unknown: Refusal = {
  status: 404,
  message: 'Session not found',
  data: { code: 'session_not_found' },
};
const initialized: Refusal = {
  status: 400,
  code: RPC.invalidRequest,
  message: 'The session is initialized already',
};
const inUse: Refusal = {
  status: 400,
  code: RPC.invalidRequest,
  message: 'A request with this id is under way in this session',
};
const listening: Refusal = { status: 409, message: 'The session has an open GET stream already' };
const noEvents: Refusal = { status: 406, message: 'Accept must allow text/event-stream' };

function absence({ headers }: IncomingMessage): Refusal {
  return headers[SESSION_HEADER] === undefined
    ? { status: 400, message: 'The header Mcp-Session-Id is required' }
    : unknown;
}

/** Absence means 2025-03-26, or that the version is known from the session. */
function versionRefusal({ headers }: IncomingMessage): Refusal | undefined {
  const version = headers[VERSION_HEADER];
  if (version === undefined || (typeof version === 'string' && VERSIONS.has(version)))
    return undefined;
  return {
    status: 400,
    code: RPC.invalidRequest,
    message: `Unsupported MCP-Protocol-Version; supported are ${LEGACY_VERSIONS.join(', ')}`,
  };
}
