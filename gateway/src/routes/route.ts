import type { ParameterizedContext } from 'koa';
import type { ErrorCode } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { z } from 'zod';

/** What middleware gives to handlers. */
export interface GatewayState {
  requestId: string;
  log: Log;
  /** Absent on anonymous routes only. */
  principal?: Principal;
  /** What a request without a name in its path is about, for the record. */
  resourceName?: string;
}

/** A request on its way through Koa. */
export type GatewayContext = ParameterizedContext<GatewayState> & {
  readonly params: Readonly<Record<string, string>>;
};

/** A good answer of an operation. */
export interface Answer {
  readonly description: string;
  /** Absent where there is no body; named schemas become components. */
  readonly schema?: z.ZodType;
  /** `application/json` when absent. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation of the API: how it is reached, what it takes and answers, and what does it. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters as `:name`. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly tag: 'Adapters' | 'Tools' | 'Gateway';
  /** Answers without knowing who asks. */
  readonly anonymous?: true;
  /** Answers whatever the Host and Origin are: probes know neither. */
  readonly unguarded?: true;
  readonly query?: z.ZodObject;
  /** Request headers that matter, with their meaning. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: z.ZodType;
  readonly bodyIsOptional?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Intended failures besides those that every route has. */
  readonly failures: readonly ErrorCode[];
  readonly handle: (ctx: GatewayContext) => Promise<void> | void;
}

/** The caller of a route that is not anonymous. */
export function caller(ctx: GatewayContext): Principal {
  const { principal } = ctx.state;
  if (principal === undefined) throw new Error('an anonymous route asked for its caller');
  return principal;
}

/** The named part of the path. */
export function parameter(ctx: GatewayContext, name: string): string {
  return ctx.params[name] ?? '';
}
