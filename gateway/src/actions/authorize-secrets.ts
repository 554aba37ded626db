import type { Access } from '@mcp-gateway/core/domain/access';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';

interface Referring {
  /** Variable → `{secret}/{key}`. */
  readonly secretEnvironmentVariables: Readonly<Record<string, string>>;
}

/**
 * Throws `forbidden`, naming the variables, unless the caller may use all the secrets that are referred to. Asked at
 * each write, not only for what is new: whoever chooses the image can read them.
 */
export function authorizeSecrets(
  access: Access,
  principal: Principal,
  { secretEnvironmentVariables }: Referring,
): void {
  const errors = Object.entries(secretEnvironmentVariables).flatMap(([variable, reference]) => {
    const [secret = ''] = reference.split('/');
    if (access('use_secret', principal, { secret })) return [];
    const path = `secretEnvironmentVariables.${variable}`;
    return [{ path, message: `none of your roles may use the secret "${secret}"` }];
  });
  if (errors.length === 0) return;
  const text = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new GatewayError('forbidden', `You may not use these secrets: ${text}.`, { errors });
}
