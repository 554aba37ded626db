import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';

/** The version that a conditional request names: one of these, or any that exists. */
export type Precondition = readonly string[] | '*' | undefined;

/** Throws `precondition_failed` unless `etag` is one of those named. */
export function assertMatches(kind: ResourceKind, precondition: Precondition, etag: string): void {
  if (precondition === undefined || precondition === '*' || precondition.includes(etag)) return;
  throw new GatewayError(
    'precondition_failed',
    `The ${kind} has changed since it was read; read it again and decide anew.`,
  );
}
