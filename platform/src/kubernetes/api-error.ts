import { GatewayError, type ErrorCode } from '@mcp-gateway/core/domain/errors';

const MAX_MESSAGE = 1000;

/** The API server's refusal, or its silence: `status` 503 with `Unreachable`, 504 with `Timeout`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Such as `NotFound`, `Conflict`, `Invalid`, `Expired`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, cause?: unknown) {
    super(message.slice(0, MAX_MESSAGE), { cause });
    this.status = status;
    this.reason = reason;
  }
}

/** The error that an answer's `Status` object tells of. */
export function apiError(status: number, body: string): ApiError {
  const { reason, message } = statusOf(body);
  return new ApiError(status, reason ?? '', message ?? `HTTP status ${status}`);
}

function statusOf(body: string): { reason?: string; message?: string } {
  try {
    const { reason, message } = JSON.parse(body) as Record<string, unknown>; // anything but an object throws or has neither
    return {
      ...(typeof reason === 'string' && { reason }),
      ...(typeof message === 'string' && { message }),
    };
  } catch {
    return body.trim() === '' ? {} : { message: body.trim() };
  }
}

/** True when `error` is the API server's answer with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** Passes on what is not an `ApiError`; the others become what the caller of the gateway is told, in the server's words. */
export function toGatewayError(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const retry = RETRY_SECONDS[error.status];
  return new GatewayError(codeOf(error), `The cluster ${verbOf(error)}: ${error.message}`, {
    cause: error,
    ...(retry !== undefined && { retryAfterSeconds: retry }),
  });
}

const RETRY_SECONDS: Readonly<Record<number, number>> = { 429: 1, 503: 5, 504: 5 };

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  409: 'conflict',
  413: 'invalid_request',
  422: 'invalid_request',
  429: 'unavailable',
  503: 'unavailable',
  504: 'upstream_timeout',
};

function codeOf(error: ApiError): ErrorCode {
  if (error.status === 403 && isPolicy(error)) return 'forbidden';
  return CODES[error.status] ?? 'upstream_failed';
}

/** Quotas and admission refuse with the same status as missing rights of the gateway itself, which are nobody's fault outside. */
function isPolicy({ message }: ApiError): boolean {
  return !/ cannot [a-z]+ resource /.test(message);
}

function verbOf({ status }: ApiError): string {
  return status === 503 || status === 504 ? 'cannot be reached' : 'refused';
}
