import { STATUS } from '@mcp-gateway/core/domain/errors';
import type { GatewayError } from '@mcp-gateway/core/domain/errors';
import { errorResponse, RPC } from '@mcp-gateway/core/domain/json-rpc';
import type { EchoedId } from '@mcp-gateway/core/domain/json-rpc';
import type { OwnAnswer } from '@mcp-gateway/core/ports/relay';
import { scopeChallenge, signInChallenge, type ChallengeContext } from '../challenge.ts';

/** What an answer of the gateway's own depends on besides the error. */
export interface AnswerContext extends ChallengeContext {
  readonly requestId: string;
  /** Of the JSON-RPC request, as far as known. */
  readonly id: EchoedId;
  /** Whether the request came with a token. */
  readonly credentials: boolean;
  /** Whether the caller is known, so that a refusal is about rights. */
  readonly signedIn: boolean;
}

/** What the world sees of an error on an MCP path; `undefined` is a bug, of which it sees the request id only. */
export function ownAnswer(error: GatewayError | undefined, context: AnswerContext): OwnAnswer {
  const status = error === undefined ? 500 : STATUS[error.code];
  const code = error?.code ?? 'internal_error';
  const message = error?.message ?? 'The gateway failed to handle this request.';
  const { requestId } = context;
  const headers = ['Content-Type', 'application/json', 'X-Request-Id', requestId, 'X-Gateway-Error', code]; // prettier-ignore
  if (status === 401) {
    headers.push('WWW-Authenticate', signInChallenge(context, context.credentials));
  }
  if (code === 'insufficient_scope' || (status === 403 && context.signedIn)) {
    headers.push('WWW-Authenticate', scopeChallenge(context));
  }
  if (status === 405) headers.push('Allow', 'POST, GET, DELETE');
  if (status === 503 || status === 429) {
    headers.push('Retry-After', String(error?.retryAfterSeconds ?? 5));
  }
  const body = errorResponse(context.id, { code: rpcCode(error), message, data: { code, requestId } }); // prettier-ignore
  return { status, headers, body };
}

/** The HTTP status serves as code, since it lies outside all ranges that JSON-RPC and MCP reserve; but one is MCP's own. */
function rpcCode(error: GatewayError | undefined): number {
  if (error === undefined) return 500;
  return error.code === 'header_mismatch' ? RPC.headerMismatch : STATUS[error.code];
}
