import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import type { Identity, RequestHeaders } from '@mcp-gateway/core/ports/identity';

const DEFAULT_ID = 'dev';
const DEFAULT_ROLES = 'mcp.dev';
const MAX_CHARACTERS = 256;
const MAX_ROLES = 64;

/** Believes what a caller says of itself in `X-Dev-*`; only for a gateway that this machine alone can reach. */
export function developmentIdentity(): Identity {
  return {
    credentialHeaders: ['x-dev-userid', 'x-dev-name', 'x-dev-roles'],
    authenticate: (headers) => {
      const name = claim(headers, 'x-dev-name');
      return {
        id: idOf(headers),
        ...(name !== undefined && { name }),
        roles: rolesOf(headers),
        kind: 'user',
      };
    },
  };
}

/** Node joins repeated fields with a comma; which of them calls would be a guess. */
function idOf(headers: RequestHeaders): string {
  const id = claim(headers, 'x-dev-userid') ?? DEFAULT_ID;
  return id.includes(',') ? refuse('x-dev-userid', 'must not contain commas') : id;
}

/** An empty `X-Dev-Roles` means no role, an absent one the default. */
function rolesOf(headers: RequestHeaders): readonly string[] {
  const text = single(headers, 'x-dev-roles') ?? DEFAULT_ROLES;
  const roles = text
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  if (roles.length > MAX_ROLES) refuse('x-dev-roles', `has more than ${MAX_ROLES} roles`);
  for (const role of roles) assertClean(role, 'x-dev-roles');
  return [...new Set(roles)];
}

function claim(headers: RequestHeaders, header: string): string | undefined {
  const text = single(headers, header)?.trim();
  if (text === undefined || text === '') return undefined;
  assertClean(text, header);
  return text;
}

function single(headers: RequestHeaders, header: string): string | undefined {
  const value = headers[header];
  return typeof value === 'object' ? refuse(header, 'was sent more than once') : value;
}

/** The id is sent on to servers as a header, so it must be what a header can carry. */
function assertClean(text: string, header: string): void {
  if (text.length > MAX_CHARACTERS) refuse(header, `is longer than ${MAX_CHARACTERS} characters`);
  if (!/^[\x20-\x7e]*$/.test(text)) refuse(header, 'must be printable ASCII');
}

function refuse(header: string, why: string): never {
  throw new GatewayError('unauthenticated', `The header ${header} ${why}.`);
}

/** Throws `SettingsError` unless `host` names this machine's own loopback, where no other machine can connect. */
export function assertLoopback(host: string): void {
  if (isLoopback(host.toLowerCase().replace(/^\[(.*)\]$/, '$1'))) return;
  throw new SettingsError(
    `HOST: development identity believes every caller, so it may listen on this machine's loopback only; ` +
      `set HOST to localhost, 127.0.0.1 or ::1 (it is ${JSON.stringify(host)}), or set up a real identity`,
  );
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  const parts = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1);
  return parts?.every((part) => Number(part) <= 255) ?? false;
}
