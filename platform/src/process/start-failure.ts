import { isGatewayError } from '@mcp-gateway/core/domain/errors';
import { SecretError } from './secrets.ts';

/** Why a replica could not be started, in the words of a condition. */
export interface StartFailure {
  readonly reason: 'ImageNotFound' | 'SecretNotFound' | 'StartFailed';
  readonly message: string;
}

/** The condition for what went wrong before there was a process. */
export function startFailure(error: unknown): StartFailure {
  if (error instanceof SecretError) return { reason: 'SecretNotFound', message: error.message };
  if (isGatewayError(error, 'invalid_request')) {
    return { reason: 'ImageNotFound', message: error.message };
  }
  const why = String(error).replace(/^Error: /, '');
  return { reason: 'StartFailed', message: `The replica could not be started: ${why}.` };
}
