import { z } from 'zod';
import { commaList, SettingsError } from './settings.ts';

const SecureUrl = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: 'must be a URL such as https://login.example.com',
  })
  .refine(isSecureUrl, 'must begin with https')
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment');

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/; // RFC 6749 section 3.3
const GROUP_ROLE = /^[^=\s]+=[\x21-\x7e]+$/;

/** Settings of the gateway that say who vouches for callers. */
export const entraShape = {
  IDENTITY: z
    .enum(['development', 'entra', 'oidc'])
    .default('development')
    .describe('Who vouches for callers'),
  TENANT_ID: z
    .guid('must be the id of a tenant, a GUID')
    .toLowerCase()
    .optional()
    .describe('Tenant in Entra ID whose tokens count'),
  CLIENT_ID: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word')
    .optional()
    .describe('Application (client) id of the gateway; tokens for it count'),
  AUTHORITY: SecureUrl.default('https://login.microsoftonline.com').describe(
    'Sign-in host of the cloud, such as https://login.microsoftonline.us',
  ),
  OIDC_ISSUER: SecureUrl.optional().describe('Issuer of tokens other than Entra ID'),
  AUDIENCES: commaList
    .default([])
    .describe('Further audiences of which tokens count, comma-separated'),
  SCOPE: z
    .string()
    .regex(SCOPE, 'must be one scope')
    .optional()
    .describe('Scope that users must have consented to; a name or a whole URI'),
  MCP_CLIENT_ID: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word')
    .optional()
    .describe(
      'Application (client) id with which MCP clients sign in that bring none of their own',
    ),
  USER_ID_CLAIM: z
    .enum(['oid', 'sub'])
    .optional()
    .describe('Claim that names the caller; oid with Entra ID, else sub'),
  GROUP_ROLES: commaList
    .refine(
      (pairs) => pairs.every((pair) => GROUP_ROLE.test(pair)),
      'must be pairs such as 1f0c…=mcp.admin, separated by commas',
    )
    .default([])
    .describe('Roles of groups, as group id=role, comma-separated'),
  ALLOW_HTTP_ORIGIN: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether PUBLIC_ORIGIN may be http, which shows tokens to whoever listens'),
};

type EntraSettings = z.output<z.ZodObject<typeof entraShape>> & {
  readonly PUBLIC_ORIGIN?: string | undefined;
};

/** Whose tokens count, and what in them says who calls. */
export interface TokenSettings {
  readonly provider:
    | { readonly kind: 'entra'; readonly authority: string; readonly tenantId: string }
    | { readonly kind: 'oidc'; readonly issuer: string };
  readonly audiences: readonly string[];
  /** Name as tokens carry it, without the resource that it belongs to. */
  readonly scope?: string;
  readonly userIdClaim: 'oid' | 'sub';
  /** Group ids, in lower case, to roles. */
  readonly groupRoles: ReadonlyMap<string, readonly string[]>;
}

/** What clients need to know to get a token. */
export interface SignIn {
  readonly authorizationServer: string;
  /** As clients must ask for it; absent when the provider has no scope of ours. */
  readonly scope?: string;
  /** With which MCP clients sign in that have none of their own. */
  readonly clientId?: string;
  /** For web pages that sign in to Entra ID. */
  readonly entra?: { readonly tenantId: string; readonly clientId: string };
}

/** A gateway that takes tokens. */
export interface TokenIdentity {
  readonly tokens: TokenSettings;
  readonly signIn: SignIn;
}

/** Which tokens the settings want, or undefined with development identity; throws `SettingsError` naming all mistakes. */
export function tokenIdentity(settings: EntraSettings): TokenIdentity | undefined {
  if (settings.IDENTITY === 'development') return undefined;
  const mistakes = [...originMistakes(settings), ...providerMistakes(settings)];
  if (mistakes.length > 0) throw new SettingsError(mistakes.join('\n'));
  return settings.IDENTITY === 'entra' ? entra(settings) : oidc(settings);
}

function originMistakes({ IDENTITY, PUBLIC_ORIGIN, ALLOW_HTTP_ORIGIN }: EntraSettings): string[] {
  if (PUBLIC_ORIGIN === undefined) return [`PUBLIC_ORIGIN: is needed with IDENTITY=${IDENTITY}`];
  if (ALLOW_HTTP_ORIGIN === 'true' || isSecureUrl(PUBLIC_ORIGIN)) return [];
  return [
    'PUBLIC_ORIGIN: must be https, for tokens travel to it; ALLOW_HTTP_ORIGIN=true lifts this',
  ];
}

function providerMistakes(settings: EntraSettings): string[] {
  const { IDENTITY, TENANT_ID, CLIENT_ID, OIDC_ISSUER, AUDIENCES } = settings;
  const isEntra = IDENTITY === 'entra';
  const needed = isEntra ? { TENANT_ID, CLIENT_ID } : { OIDC_ISSUER };
  const missing = Object.entries(needed)
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name}: is needed with IDENTITY=${IDENTITY}`);
  if (isEntra && OIDC_ISSUER !== undefined) missing.push('OIDC_ISSUER: is for IDENTITY=oidc only');
  if (!isEntra && TENANT_ID !== undefined) missing.push('TENANT_ID: is for IDENTITY=entra only');
  if (!isEntra && AUDIENCES.length === 0 && CLIENT_ID === undefined) {
    missing.push('AUDIENCES: is needed with IDENTITY=oidc');
  }
  return missing;
}

function entra(settings: EntraSettings): TokenIdentity {
  const { TENANT_ID: tenantId = '', CLIENT_ID: clientId = '', SCOPE } = settings; // checked above
  const authority = settings.AUTHORITY.replace(/\/+$/, '');
  const resource = `api://${clientId}`;
  return {
    tokens: {
      ...common(settings),
      provider: { kind: 'entra', authority, tenantId },
      audiences: [clientId, resource, ...settings.AUDIENCES],
      userIdClaim: settings.USER_ID_CLAIM ?? 'oid',
    },
    signIn: {
      authorizationServer: `${authority}/${tenantId}/v2.0`,
      // A bare name would be taken for one of Microsoft Graph's.
      scope: SCOPE?.includes('://') === true ? SCOPE : `${resource}/${SCOPE ?? '.default'}`,
      ...ownClient(settings),
      entra: { tenantId, clientId },
    },
  };
}

function oidc(settings: EntraSettings): TokenIdentity {
  const { OIDC_ISSUER: issuer = '', CLIENT_ID, SCOPE } = settings; // checked above
  return {
    tokens: {
      ...common(settings),
      provider: { kind: 'oidc', issuer },
      ...(SCOPE !== undefined && { scope: SCOPE }),
      audiences: [...(CLIENT_ID === undefined ? [] : [CLIENT_ID]), ...settings.AUDIENCES],
      userIdClaim: settings.USER_ID_CLAIM ?? 'sub',
    },
    signIn: {
      authorizationServer: issuer,
      ...(SCOPE !== undefined && { scope: SCOPE }),
      ...ownClient(settings),
    },
  };
}

function ownClient({ MCP_CLIENT_ID: clientId }: EntraSettings): Pick<SignIn, 'clientId'> {
  return clientId === undefined ? {} : { clientId };
}

function common({ SCOPE, GROUP_ROLES }: EntraSettings) {
  const groupRoles = new Map<string, string[]>();
  for (const pair of GROUP_ROLES) {
    const split = pair.indexOf('=');
    const group = pair.slice(0, split).toLowerCase();
    groupRoles.set(group, [...(groupRoles.get(group) ?? []), pair.slice(split + 1)]);
  }
  return {
    groupRoles,
    ...(SCOPE !== undefined && { scope: SCOPE.slice(SCOPE.lastIndexOf('/') + 1) }),
  };
}

/** True when what is sent there cannot be read on the way: it is encrypted, or never leaves this machine. */
export function isSecureUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
