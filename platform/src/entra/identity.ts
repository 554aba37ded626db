import { hash } from 'node:crypto';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { TokenSettings } from '@mcp-gateway/core/domain/settings/entra-settings';
import type { Identity, RequestHeaders } from '@mcp-gateway/core/ports/identity';
import type { Log } from '@mcp-gateway/core/ports/log';
import { jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { lacksGroups, principalOf } from './claims.ts';
import { issuerOf } from './issuer.ts';
import { keySet, MAX_AGE_MS } from './key-set.ts';
import { refusalOf, refused } from './refusal.ts';
import { hasUniqueNames } from './unique-names.ts';

const MAX_TOKEN_CHARACTERS = 16_384;
const MAX_KNOWN_TOKENS = 10_000;
const LEEWAY_SECONDS = 60;
/** Tokens of clients that are told of revocations live for up to 28 hours. */
const MAX_TOKEN_AGE_SECONDS = 36 * 3600;
/** Other kinds of JWT that an issuer signs with the same key are no access tokens (RFC 8725 section 3.11). */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];
/** A compact JWS; the scheme's case does not matter (RFC 9110 section 11.1). */
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;

export interface EntraIdentityOptions extends TokenSettings {
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Knows callers by the access tokens of one issuer: a tenant of Entra ID, or any other that signs JWTs with RS256. */
export function entraIdentity({
  log,
  now = Date.now,
  ...settings
}: EntraIdentityOptions): Identity {
  const issuer = issuerOf(settings.provider);
  const keys = keySet({ load: issuer.keys, log, now });
  const verified = new LRUCache<string, { readonly principal: Principal; readonly until: number }>({
    max: MAX_KNOWN_TOKENS,
  });
  let toldOfGroups = settings.groupRoles.size === 0;
  void keys.warm();

  async function verify(token: string, digest: string): Promise<Principal> {
    const claims = await claimsOf(token);
    const expiresAt = ((claims.exp ?? 0) + LEEWAY_SECONDS) * 1000;
    const principal = { ...principalOf(claims, settings), expiresAt };
    if (!toldOfGroups && lacksGroups(claims)) {
      toldOfGroups = true;
      log.warn({}, 'a token has too many groups to name them, so GROUP_ROLES gives it no role');
    }
    // Not longer than keys are believed, so that a key that was withdrawn ends what it has signed.
    const until = Math.min(now() + MAX_AGE_MS, expiresAt);
    verified.set(digest, { principal, until });
    return principal;
  }

  async function claimsOf(token: string): Promise<JWTPayload> {
    const { payload, protectedHeader } = await jwtVerify(token, keys.find, {
      algorithms: ['RS256'],
      issuer: [...issuer.names],
      audience: [...settings.audiences],
      requiredClaims: ['exp'],
      clockTolerance: LEEWAY_SECONDS,
      maxTokenAge: MAX_TOKEN_AGE_SECONDS,
      currentDate: new Date(now()),
    });
    if (!TYPES.includes(protectedHeader.typ?.toLowerCase())) throw refused('The token is no access token.'); // prettier-ignore
    assertUnambiguous(token);
    return payload;
  }

  return {
    credentialHeaders: ['authorization', 'x-dev-userid', 'x-dev-name', 'x-dev-roles'],
    authenticate: (headers) => {
      const token = bearerToken(headers);
      const digest = hash('sha256', token, 'base64');
      const known = verified.get(digest);
      if (known !== undefined && now() < known.until) return known.principal;
      return verify(token, digest).catch((error: unknown) => {
        const refusal = refusalOf(error);
        log.debug({ code: refusal.code, reason: refusal.message }, 'token refused');
        throw refusal;
      });
    },
  };
}

/** RFC 7519 section 4: which of several claims of one name counts, readers decide differently. */
function assertUnambiguous(token: string): void {
  const [header = '', claims = ''] = token.split('.');
  for (const part of [header, claims]) {
    if (!hasUniqueNames(Buffer.from(part, 'base64url').toString())) {
      throw refused('The token has a claim twice.');
    }
  }
}

function bearerToken({ authorization }: RequestHeaders): string {
  if (authorization === undefined) throw refused('Sign in to call this gateway.');
  if (typeof authorization !== 'string') throw refused('Authorization was sent more than once.');
  if (authorization.length > MAX_TOKEN_CHARACTERS) throw refused('The token is too long.');
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token === undefined) throw refused('Authorization must be one bearer token.');
  return token;
}
