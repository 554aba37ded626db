import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { entraShape, tokenIdentity } from './entra-settings.ts';
import { parseSettings, SettingsError } from './settings.ts';

const TENANT = '7d4c1ab0-2b11-4c77-9d3e-000000000001';
const CLIENT = '7d4c1ab0-2b11-4c77-9d3e-000000000002';
const ORIGIN = 'https://mcp.example.com';
const ENTRA = { IDENTITY: 'entra', TENANT_ID: TENANT, CLIENT_ID: CLIENT };
const OIDC = { IDENTITY: 'oidc', OIDC_ISSUER: 'https://id.example/realm/', AUDIENCES: 'urn:gw' };

const read = (
  { ...environment }: Readonly<Record<string, string>>,
  PUBLIC_ORIGIN: string | undefined = ORIGIN,
) => tokenIdentity({ ...parseSettings(z.object(entraShape), environment), PUBLIC_ORIGIN });

test('without any setting nobody issues tokens', () => {
  expect(tokenIdentity(parseSettings(z.object(entraShape), {}))).toBeUndefined();
});

test('a tenant and an application are enough for Entra ID', () => {
  expect(read({ ...ENTRA, TENANT_ID: TENANT.toUpperCase() })).toEqual({
    tokens: {
      provider: {
        kind: 'entra',
        authority: 'https://login.microsoftonline.com',
        tenantId: TENANT,
      },
      audiences: [CLIENT, `api://${CLIENT}`],
      userIdClaim: 'oid',
      groupRoles: new Map(),
    },
    signIn: {
      authorizationServer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      scope: `api://${CLIENT}/.default`,
      entra: { tenantId: TENANT, clientId: CLIENT },
    },
  });
});

test('any other issuer needs an audience, and names callers by sub', () => {
  const found = read({ ...OIDC, SCOPE: 'mcp', CLIENT_ID: 'gw' });
  expect(found?.tokens).toMatchObject({
    provider: { kind: 'oidc', issuer: 'https://id.example/realm/' },
    audiences: ['gw', 'urn:gw'],
    userIdClaim: 'sub',
    scope: 'mcp',
  });
  expect(found?.signIn).toEqual({
    authorizationServer: 'https://id.example/realm/',
    scope: 'mcp',
  });
});

test('clients that bring no id of their own are told one, if there is one', () => {
  for (const provider of [ENTRA, OIDC]) {
    expect(read(provider)?.signIn).not.toHaveProperty('clientId');
    expect(read({ ...provider, MCP_CLIENT_ID: 'desktop' })?.signIn.clientId).toBe('desktop');
  }
});

test('sovereign clouds have an authority of their own, with or without a final slash', () => {
  const found = read({ ...ENTRA, AUTHORITY: 'https://login.microsoftonline.us/' });
  expect(found?.signIn.authorizationServer).toBe(`https://login.microsoftonline.us/${TENANT}/v2.0`);
});

test.each([
  ['mcp.access', `api://${CLIENT}/mcp.access`],
  ['https://mcp.example.com/mcp.access', 'https://mcp.example.com/mcp.access'],
])('clients ask for the whole scope of %s, tokens carry its name', (SCOPE, asked) => {
  const found = read({ ...ENTRA, SCOPE });
  expect(found?.signIn.scope).toBe(asked);
  expect(found?.tokens.scope).toBe('mcp.access');
});

test('a group may have several roles, whatever the case of its id', () => {
  const found = read({ ...ENTRA, GROUP_ROLES: 'AB=mcp.admin, cd=mcp.reader,ab=x=y' });
  expect(found?.tokens.groupRoles).toEqual(
    new Map([
      ['ab', ['mcp.admin', 'x=y']],
      ['cd', ['mcp.reader']],
    ]),
  );
});

describe('mistakes', () => {
  test('are all named at once, and without values', () => {
    const failure = caught(() => tokenIdentity(parseSettings(z.object(entraShape), {
      IDENTITY: 'entra',
      OIDC_ISSUER: 'https://id.example',
    }))); // prettier-ignore
    expect(failure).toBeInstanceOf(SettingsError);
    for (const name of ['PUBLIC_ORIGIN', 'TENANT_ID', 'CLIENT_ID', 'OIDC_ISSUER']) {
      expect(String(failure)).toContain(`${name}:`);
    }
    expect(String(failure)).not.toContain('id.example');
  });

  test.each([
    ['OIDC_ISSUER', { IDENTITY: 'oidc', AUDIENCES: 'a' }],
    ['AUDIENCES', { IDENTITY: 'oidc', OIDC_ISSUER: 'https://id.example' }],
    ['TENANT_ID', { ...OIDC, TENANT_ID: TENANT }],
    ['TENANT_ID', { ...ENTRA, TENANT_ID: 'common' }],
    ['AUTHORITY', { ...ENTRA, AUTHORITY: 'http://login.example.com' }],
    ['OIDC_ISSUER', { ...OIDC, OIDC_ISSUER: 'http://id.example' }],
    ['OIDC_ISSUER', { ...OIDC, OIDC_ISSUER: 'https://id.example/?a=b' }],
    ['SCOPE', { ...ENTRA, SCOPE: 'two scopes' }],
    ['SCOPE', { ...ENTRA, SCOPE: 'a"b' }],
    ['USER_ID_CLAIM', { ...ENTRA, USER_ID_CLAIM: 'email' }],
    ['GROUP_ROLES', { ...ENTRA, GROUP_ROLES: 'no-role' }],
    ['IDENTITY', { IDENTITY: 'none' }],
  ])('%s is wrong in %p', (name, environment) => {
    expect(() => read(environment)).toThrow(new RegExp(`^${name}:`));
  });

  test('a public origin in the clear is refused unless told otherwise', () => {
    expect(() => read(ENTRA, 'http://mcp.example.com')).toThrow(/PUBLIC_ORIGIN: must be https/);
    expect(read(ENTRA, 'http://localhost:8000')).toBeDefined();
    expect(read(ENTRA, 'http://[::1]:8000')).toBeDefined();
    expect(read({ ...ENTRA, ALLOW_HTTP_ORIGIN: 'true' }, 'http://mcp.example.com')).toBeDefined();
  });
});

function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
