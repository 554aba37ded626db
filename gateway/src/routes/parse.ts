import { json } from 'co-body';
import { GatewayError, type FieldError } from '@mcp-gateway/core/domain/errors';
import type { z } from 'zod';
import type { GatewayContext } from './route.ts';

const MAX_BODY = '1mb';
const MAX_ERRORS = 50;
/** A sender who takes longer for so little holds a connection for nothing. */
const BODY_MS = 30_000;
/** A member named __proto__ is dropped like every other member that nobody knows; the types lack that option. */
const OPTIONS = { limit: MAX_BODY, strict: false, onProtoPoisoning: 'remove' };

/** The request's JSON body as `schema` understands it; throws what is wrong with it. */
export async function parseBody<T>(ctx: GatewayContext, schema: z.ZodType<T>): Promise<T> {
  return parse(schema, await readJson(ctx), 'The body is not valid.');
}

/** As `parseBody`; a request without a body is one with an empty object. */
export async function parseOptionalBody<T>(ctx: GatewayContext, schema: z.ZodType<T>): Promise<T> {
  const { 'content-length': length, 'transfer-encoding': encoding } = ctx.req.headers;
  if (encoding !== undefined || Number(length ?? 0) > 0) return parseBody(ctx, schema);
  return parse(schema, {}, 'The body is not valid.');
}

/** The query as `schema` understands it; throws what is wrong with it. */
export function parseQuery<T>(ctx: GatewayContext, schema: z.ZodType<T>): T {
  return parse(schema, { ...ctx.query }, 'The query is not valid.');
}

/** `value` as `schema` understands it; throws `invalid_request` with each mistake. */
function parse<T>(schema: z.ZodType<T>, value: unknown, message: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => toFieldErrors(issue));
  throw new GatewayError('invalid_request', message, { errors: errors.slice(0, MAX_ERRORS) });
}

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.');
  // A key's own mistakes say more than that the key is wrong.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  if (path === '' && issue.code === 'invalid_type')
    return [{ path, message: 'must be a JSON object' }];
  return [{ path, message: issue.message }];
}

async function readJson(ctx: GatewayContext): Promise<unknown> {
  if (typeof ctx.request.is('json', '+json') !== 'string') {
    throw new GatewayError('unsupported_media_type', 'A body of type application/json is needed.');
  }
  const late = setTimeout(() => ctx.req.destroy(), BODY_MS);
  try {
    return await json(ctx.req, OPTIONS);
  } catch (cause) {
    throw unreadable(cause);
  } finally {
    clearTimeout(late);
  }
}

/** The cause is left out: its message repeats the body, which may hold secrets. */
function unreadable(cause: unknown): GatewayError {
  const status = cause instanceof Error && 'status' in cause ? cause.status : undefined;
  if (status === 413) {
    return new GatewayError('payload_too_large', `The body is larger than ${MAX_BODY}.`);
  }
  if (status === 415) {
    return new GatewayError('unsupported_media_type', 'The Content-Encoding is not supported.');
  }
  return new GatewayError('invalid_request', 'The body is not JSON (comments are not either).');
}
