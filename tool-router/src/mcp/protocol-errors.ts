import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { AdapterTrouble } from '../adapters/adapter-trouble.ts';

/** Throws trouble of an adapter as the protocol says it where there is no result that could. */
export function asProtocolError(error: unknown): never {
  throw error instanceof AdapterTrouble
    ? new ProtocolError(ProtocolErrorCode.InternalError, error.message)
    : error;
}
