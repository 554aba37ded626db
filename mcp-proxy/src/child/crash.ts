import { RPC } from '@mcp-gateway/core/domain/json-rpc';
import type { Refusal } from '../http/answer.ts';
import { type ChildExit, describeExit } from './child-exit.ts';

/** What a caller hears when the child died under its call. */
export function crash(exit: ChildExit): Refusal {
  const { code, signal } = exit;
  return {
    status: 200,
    code: RPC.internalError,
    message: describeExit(exit),
    data: { code: 'upstream_failed', exitCode: code, signal },
  };
}
