import { GatewayError, isGatewayError } from '@mcp-gateway/core/domain/errors';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Precondition } from './precondition.ts';

const ATTEMPTS = 5;

/**
 * Reads and writes anew when somebody else's write came in between. A caller who named a version is
 * told instead, since the write was decided on what that version said.
 */
export async function retried<T>(
  kind: ResourceKind,
  precondition: Precondition,
  act: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (precondition !== undefined || !isGatewayError(error, 'precondition_failed')) throw error;
      if (attempt < ATTEMPTS) continue;
      throw new GatewayError('conflict', `The ${kind} is being changed by others, try again.`, {
        cause: error,
        retryAfterSeconds: 1,
      });
    }
  }
}
