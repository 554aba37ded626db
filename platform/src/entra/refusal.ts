import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { errors } from 'jose';

/** By the claim that is wrong; only a token with a good signature gets so far. */
const REASONS: Readonly<Record<string, string>> = {
  aud: 'The token is for another audience.',
  iss: 'The token is of another issuer.',
  nbf: 'The token is not valid yet.',
  iat: 'The token is too old, or from the future.',
  exp: 'The token has no end.',
};

/** Refuses credentials; `why` must not repeat them. */
export function refused(why: string): GatewayError {
  return new GatewayError('unauthenticated', why);
}

/** What the caller is told of a token that did not pass, whatever went wrong with it. */
export function refusalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof errors.JWTExpired) return refused('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused(REASONS[error.claim] ?? 'A claim of the token is not valid.');
  }
  // No cause: errors about tokens carry their claims.
  return refused('The token is not valid.');
}
