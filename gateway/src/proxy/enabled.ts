import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { workloadOf, type Destination } from './destination.ts';

/**
 * Throws `disabled` for an adapter that was switched off. Its 503 lets clients show the reason: 401 and 403 would make
 * them sign in again, 400 and 404 begin another session or look for another transport.
 */
export function assertEnabled(destination: Destination): void {
  const { name, disabled } = destination;
  if (disabled === undefined) return;
  const what = workloadOf(destination).kind === 'tool' ? 'Tool' : 'Adapter';
  const why = disabled.reason === undefined ? '' : `: ${disabled.reason}`;
  throw new GatewayError('disabled', `${what} ${name} is disabled${why}`, {
    retryAfterSeconds: 60,
  });
}
