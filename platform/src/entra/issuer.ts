import { isSecureUrl, type TokenSettings } from '@mcp-gateway/core/domain/settings/entra-settings';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { fetchJson } from './fetch-json.ts';

/** Who signs the tokens that count. */
export interface Issuer {
  /** How tokens name it. */
  readonly names: readonly string[];
  /** Fetches the keys that it signs with now. */
  readonly keys: () => Promise<JSONWebKeySet>;
}

const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });

/** The issuer that the settings name. */
export function issuerOf(provider: TokenSettings['provider']): Issuer {
  return provider.kind === 'entra'
    ? entraIssuer(provider.authority, provider.tenantId)
    : oidcIssuer(provider.issuer);
}

/** One tenant, under both of the names that its tokens have: version 1 and version 2. */
function entraIssuer(authority: string, tenantId: string): Issuer {
  // The version 1 name is the same in all clouds but the one in China.
  const host = new URL(authority).hostname.endsWith('.cn') ? 'sts.chinacloudapi.cn' : 'sts.windows.net'; // prettier-ignore
  const names = [`${authority}/${tenantId}/v2.0`, `https://${host}/${tenantId}/`];
  return {
    names,
    keys: async () => {
      const { keys } = signing(await fetchJson(`${authority}/${tenantId}/discovery/v2.0/keys`));
      // Some keys there sign for other issuers only, such as the one of personal accounts.
      return { keys: keys.filter(({ issuer }) => isOf(issuer, tenantId, names)) };
    },
  };
}

function isOf(issuer: unknown, tenantId: string, names: readonly string[]): boolean {
  if (typeof issuer !== 'string') return true;
  return names.includes(issuer.replace(/\{tenantid\}/i, tenantId));
}

/** OpenID Connect Discovery 1.0 section 4. */
function oidcIssuer(name: string): Issuer {
  return {
    names: [name],
    keys: async () => {
      const url = `${name.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const { issuer, jwks_uri: keysUrl } = Discovery.parse(await fetchJson(url));
      if (issuer !== name) throw new Error(`${url} is of another issuer`);
      if (!isSecureUrl(keysUrl)) throw new Error(`${url} has its keys in the clear`);
      return signing(await fetchJson(keysUrl));
    },
  };
}

function signing(document: unknown): z.output<typeof Keys> {
  const { keys } = Keys.parse(document);
  return { keys: keys.filter(({ kty, use, d }) => kty === 'RSA' && use !== 'enc' && d === undefined) }; // prettier-ignore
}
