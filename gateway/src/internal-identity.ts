import { createHash, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { forwardedPrincipal } from '@mcp-gateway/core/domain/forwarded-principal';
import { GATEWAY_SECRET_HEADER, ROLES_HEADER, USER_ID_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Identity } from '@mcp-gateway/core/ports/identity';

/** Believes whoever knows one of the secrets for whom it acts; nobody else gets in. */
export function internalIdentity(secrets: readonly string[]): Identity {
  const digests = secrets.map(digest);
  return {
    credentialHeaders: [GATEWAY_SECRET_HEADER],
    authenticate(headers) {
      const given = digest(text(headers[GATEWAY_SECRET_HEADER]));
      // All are compared, each in constant time, so that how long it takes tells nothing.
      const isKnown = digests.filter((known) => timingSafeEqual(known, given)).length > 0;
      if (!isKnown) throw new GatewayError('unauthenticated', 'This port is for the tool router.');
      const principal = forwardedPrincipal({
        userId: text(headers[USER_ID_HEADER]),
        roles: text(headers[ROLES_HEADER]),
      });
      if (principal === undefined) {
        throw new GatewayError('unauthenticated', 'The headers do not say for whom this is.');
      }
      return principal;
    },
  };
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const text = (value: string | string[] | undefined): string =>
  typeof value === 'string' ? value : '';
