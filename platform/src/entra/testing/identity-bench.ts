import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Identity } from '@mcp-gateway/core/ports/identity';
import type { Log } from '@mcp-gateway/core/ports/log';
import { entraIdentity, type EntraIdentityOptions } from '../identity.ts';
import { CLIENT, TENANT, type TestIssuer } from './issuer.ts';

/** Identities that trust one issuer, and what they log. */
export interface IdentityBench {
  readonly identity: (settings?: Partial<EntraIdentityOptions>) => Identity;
  /** Level, message and fields of each line. */
  readonly logged: string[];
}

/** Identities for the tenant of `issuer`. */
export function identityBench(issuer: TestIssuer): IdentityBench {
  const logged: string[] = [];
  const to = (level: keyof Log) => (fields: object, message: string) =>
    void logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  return {
    logged,
    identity: (settings) =>
      entraIdentity({
        provider: { kind: 'entra', authority: issuer.origin, tenantId: TENANT },
        audiences: [CLIENT, `api://${CLIENT}`, 'https://mcp.example.com/adapters/a/mcp'],
        userIdClaim: 'oid',
        groupRoles: new Map([
          ['g-admins', ['mcp.admin']],
          ['g-readers', ['mcp.reader', 'other']],
        ]),
        log,
        ...settings,
      }),
  };
}

/** Whom a token makes its bearer. */
export async function ask(identity: Identity, token: string): Promise<Principal> {
  return identity.authenticate({ authorization: `Bearer ${token}` });
}

/** The verdict on a token: accepted as whom, or the code of the refusal. */
export function code(identity: Identity, token: string): Promise<unknown> {
  return ask(identity, token).then(
    ({ id }) => `accepted as ${id}`,
    (error: unknown) => (error as { code: unknown }).code, // undefined for what is no refusal
  );
}
