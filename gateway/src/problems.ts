import { STATUS_CODES } from 'node:http';
import {
  GatewayError,
  STATUS,
  type ErrorCode,
  type FieldError,
} from '@mcp-gateway/core/domain/errors';

/** The body of every failed answer outside the MCP paths (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode | 'internal_error';
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
}

/** What the world is told of `error`: of anything but a `GatewayError` nothing but that it happened. */
export function toProblem(error: unknown, requestId: string): Problem {
  if (!(error instanceof GatewayError)) {
    const detail = 'The gateway failed; the request id leads to the cause in its log.';
    return problem(500, 'internal_error', detail, requestId);
  }
  return {
    ...problem(STATUS[error.code], error.code, error.message, requestId),
    ...(error.errors && { errors: error.errors }),
  };
}

/** Headers that belong to the answer to `error` besides its type (RFC 9110 sections 10.2.3 and 11.6.1). */
export function problemHeaders(
  error: unknown,
  challenge: string | undefined,
): Readonly<Record<string, string>> {
  if (!(error instanceof GatewayError)) return {};
  return {
    ...(error.retryAfterSeconds !== undefined && {
      'retry-after': String(error.retryAfterSeconds),
    }),
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
  };
}

function problem(
  status: number,
  code: Problem['code'],
  detail: string,
  requestId: string,
): Problem {
  // RFC 9457 section 4.2.1: with `about:blank` the title is the status phrase; `code` tells problems apart.
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    requestId,
  };
}
