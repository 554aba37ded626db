import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { TokenSettings } from '@mcp-gateway/core/domain/settings/entra-settings';
import type { JWTPayload } from 'jose';
import { refused } from './refusal.ts';

const MAX_CHARACTERS = 256;

/** Who the claims of a token with a good signature speak of; throws `unauthenticated` or `insufficient_scope`. */
export function principalOf(claims: JWTPayload, settings: TokenSettings): Principal {
  const { provider, userIdClaim } = settings;
  const isEntra = provider.kind === 'entra';
  if (isEntra) assertAccessToken(claims, provider.tenantId);
  const id = text(claims[userIdClaim]);
  if (id === undefined) throw refused(`The token has no usable claim ${userIdClaim}.`);
  const kind = (isEntra ? isEntraApp : isOidcApp)(claims) ? 'app' : 'user';
  const roles = rolesOf(claims, settings);
  if (isEntra && kind === 'app') assertRole(roles);
  else assertScope(claims, settings);
  const name = text(claims.name) ?? text(claims.preferred_username);
  return { id, ...(name !== undefined && { name }), roles, kind };
}

/** Whether there are more groups than fit into the token, so that it has none of them. */
export function lacksGroups({ hasgroups, _claim_names: elsewhere }: JWTPayload): boolean {
  if (typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere) return true;
  return hasgroups === true || hasgroups === 'true';
}

/** An ID token has the same issuer, and where the portal is the same application the same audience; it names no client. */
function assertAccessToken({ tid, azp, appid }: JWTPayload, tenantId: string): void {
  if (typeof tid !== 'string' || tid.toLowerCase() !== tenantId) {
    throw refused('The token is of another tenant.');
  }
  if (text(azp) === undefined && text(appid) === undefined) {
    throw refused('The token is no access token.');
  }
}

function isEntraApp({ idtyp, scp }: JWTPayload): boolean {
  return idtyp === undefined ? scp === undefined : idtyp === 'app';
}

/** RFC 9068 section 5: where no user takes part, the client is the subject. */
function isOidcApp({ sub, client_id: client, azp }: JWTPayload): boolean {
  return sub !== undefined && sub === (client ?? azp);
}

/** Any application of the tenant gets a token for the gateway; a role is what somebody has given to it. */
function assertRole(roles: readonly string[]): void {
  if (roles.length > 0) return;
  throw new GatewayError('insufficient_scope', 'The application has no role for this gateway.');
}

function assertScope(claims: JWTPayload, { provider, scope }: TokenSettings): void {
  const held = [...words(claims.scp), ...(provider.kind === 'oidc' ? words(claims.scope) : [])];
  const suffices = scope === undefined ? provider.kind === 'oidc' || held.length > 0 : held.includes(scope); // prettier-ignore
  if (!suffices) {
    throw new GatewayError('insufficient_scope', 'The token lacks the scope of this gateway.');
  }
}

function rolesOf(claims: JWTPayload, { groupRoles }: TokenSettings): readonly string[] {
  const ofGroups = list(claims.groups).flatMap((id) => groupRoles.get(id.toLowerCase()) ?? []);
  return [...new Set([...list(claims.roles), ...list(claims.role), ...ofGroups])];
}

/** Some issuers write a list of one as the one. */
function list(claim: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return items.map(text).filter((item) => item !== undefined);
}

function words(claim: unknown): readonly string[] {
  return list(typeof claim === 'string' ? claim.split(' ') : claim);
}

/** Text that can name somebody: neither blank nor endless, on one line. */
function text(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || claim.length > MAX_CHARACTERS) return undefined;
  const trimmed = claim.trim();
  return trimmed === '' || /\p{Cc}/u.test(trimmed) ? undefined : trimmed;
}
