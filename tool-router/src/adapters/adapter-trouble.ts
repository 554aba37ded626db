import { BrokenCircuitError } from 'cockatiel';
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';

/** Why an adapter did not do what was asked of it. */
export type TroubleReason = 'timeout' | 'unreachable' | 'failing' | 'refused' | 'busy' | 'invalid';

const WORDS = {
  timeout: 'did not answer in time',
  unreachable: 'cannot be reached at the moment',
  failing: 'has failed repeatedly and is left alone for a moment',
  refused: 'may not be used by you in this way',
  busy: 'has too much to do at the moment',
  invalid: 'did not answer as an MCP server does',
} as const satisfies Record<TroubleReason, string>;

/** An adapter did not do what was asked of it; `message` may be shown to whoever may call the adapter. */
export class AdapterTrouble extends Error {
  override readonly name = 'AdapterTrouble';
  readonly reason: TroubleReason;

  constructor(adapter: string, reason: TroubleReason, cause?: unknown) {
    super(`The adapter '${adapter}' ${WORDS[reason]}.`, { cause });
    this.reason = reason;
  }
}

/** A stream that ended before its answer; the number is ours and stands outside of what JSON-RPC reserves. */
export const BROKEN_STREAM = 1001;

/** What the client's library has thrown, in terms of the adapter; answers of the adapter itself stay as they are. */
export function troubleOf(adapter: string, error: unknown): Error {
  if (error instanceof AdapterTrouble) return error;
  if (error instanceof ProtocolError) {
    return error.code === BROKEN_STREAM ? new AdapterTrouble(adapter, 'unreachable', error) : error;
  }
  return new AdapterTrouble(adapter, reasonOf(error), error);
}

function reasonOf(error: unknown): TroubleReason {
  if (error instanceof BrokenCircuitError) return 'failing';
  if (error instanceof SdkHttpError) return reasonOfStatus(error.status);
  if (error instanceof SdkError) {
    if (error.code === SdkErrorCode.RequestTimeout) return 'timeout';
    return error.code === SdkErrorCode.ConnectionClosed ? 'unreachable' : 'invalid';
  }
  return error instanceof TypeError ? 'unreachable' : 'invalid'; // fetch throws a TypeError when there is no answer
}

function reasonOfStatus(status: number | undefined): TroubleReason {
  if (status === 401 || status === 403) return 'refused';
  if (status === 429) return 'busy';
  if (status === 504) return 'timeout';
  return status === 404 || (status !== undefined && status >= 500) ? 'unreachable' : 'invalid';
}

/** True for what says that the adapter itself is in trouble, not the one call. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof AdapterTrouble &&
    (error.reason === 'timeout' || error.reason === 'unreachable' || error.reason === 'invalid')
  );
}
