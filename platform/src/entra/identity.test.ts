import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TokenSettings } from '@mcp-gateway/core/domain/settings/entra-settings';
import type { Identity } from '@mcp-gateway/core/ports/identity';
import { describeIdentity } from '@mcp-gateway/core/testing/identity';
import { forgeries } from './testing/forgeries.ts';
import { ask, code, identityBench, type IdentityBench } from './testing/identity-bench.ts';
import { CLIENT, TENANT, testIssuer, type Claims, type TestIssuer } from './testing/issuer.ts';

let issuer: TestIssuer;
let gate: IdentityBench;
const entra: IdentityBench['identity'] = (settings) => gate.identity(settings);

beforeAll(async () => {
  issuer = await testIssuer();
  gate = identityBench(issuer);
});
afterAll(() => issuer.stop());

const bearer = async (claims: Claims) => ({
  authorization: `Bearer ${await issuer.sign(claims)}`,
});

describeIdentity('Entra ID', async () => {
  const good = await issuer.sign(issuer.user());
  const forged = Object.entries(await forgeries(issuer));
  return {
    identity: entra(),
    accepted: [
      {
        headers: await bearer(issuer.user({ roles: ['b', 'a', 'b'] })),
        as: { id: 'ann-oid', name: 'Ann', roles: ['b', 'a'], kind: 'user' },
      },
      {
        headers: await bearer(issuer.userV1({ role: 'one', name: undefined })),
        as: { id: 'ann-oid', roles: ['one'], kind: 'user' },
      },
      {
        headers: await bearer(issuer.app()),
        as: { id: 'robot', roles: ['mcp.caller'], kind: 'app' },
      },
      {
        headers: { authorization: `bearer   ${good}` },
        as: { id: 'ann-oid', name: 'Ann', roles: [], kind: 'user' },
      },
      {
        headers: { authorization: `BEARER ${await issuer.sign(issuer.user(), { typ: 'at+JWT' })}` },
        as: { id: 'ann-oid', name: 'Ann', roles: [], kind: 'user' },
      },
    ],
    refused: {
      nothing: {},
      'an empty header': { authorization: '' },
      'two headers': { authorization: [`Bearer ${good}`, `Bearer ${good}`] },
      ...Object.fromEntries(forged.map(([title, authorization]) => [title, { authorization }])),
    },
  };
});

describe('tokens of a tenant', () => {
  test('count for each of the audiences, a minute past their end and before their start', async () => {
    const identity = entra();
    const now = Math.floor(Date.now() / 1000);
    for (const claims of [
      { aud: `api://${CLIENT}` },
      { aud: 'https://mcp.example.com/adapters/a/mcp' },
      { exp: now - 30 },
      { nbf: now + 30 },
      { tid: TENANT.toUpperCase() },
    ]) {
      expect(await code(identity, await issuer.sign(issuer.user(claims)))).toBe('accepted as ann-oid'); // prettier-ignore
    }
  });

  test('name callers by sub where that is set', async () => {
    expect(await code(entra({ userIdClaim: 'sub' }), await issuer.sign(issuer.user()))).toBe('accepted as ann-pairwise'); // prettier-ignore
  });

  test('of users need a scope, and the configured one where there is one', async () => {
    const scoped = entra({ scope: 'mcp.access' });
    const verdicts = async (claims: Claims) => [
      await code(entra(), await issuer.sign(issuer.user(claims))),
      await code(scoped, await issuer.sign(issuer.user(claims))),
    ];
    expect(await verdicts({ scp: 'a mcp.access' })).toEqual(['accepted as ann-oid', 'accepted as ann-oid']); // prettier-ignore
    expect(await verdicts({ scp: 'mcp.access.more' })).toEqual(['accepted as ann-oid', 'insufficient_scope']); // prettier-ignore
    expect(await verdicts({ scp: '' })).toEqual(['insufficient_scope', 'insufficient_scope']);
    expect(await verdicts({ scp: undefined, idtyp: 'user', roles: ['mcp.admin'] })).toEqual(['insufficient_scope', 'insufficient_scope']); // prettier-ignore
  });

  test('of applications need a role instead of a scope', async () => {
    const identity = entra({ scope: 'mcp.access' });
    expect(await ask(identity, await issuer.sign(issuer.app({ idtyp: 'app' })))).toMatchObject({ kind: 'app' }); // prettier-ignore
    for (const roles of [undefined, [], [''], [7]]) {
      expect(await code(identity, await issuer.sign(issuer.app({ roles })))).toBe('insufficient_scope'); // prettier-ignore
    }
  });

  test('give the roles of their groups; groups that are left out give none, which is told once', async () => {
    const identity = entra();
    const roles = async (claims: Claims) =>
      (await ask(identity, await issuer.sign(issuer.user(claims)))).roles;
    expect(await roles({ groups: ['G-Admins', 'unknown', 'g-readers'], roles: ['other'] })).toEqual(['other', 'mcp.admin', 'mcp.reader']); // prettier-ignore
    expect(await roles({ groups: { 'g-admins': true } })).toEqual([]);
    expect(gate.logged.filter((line) => line.startsWith('warn'))).toEqual([]);
    expect(await roles({ _claim_names: { groups: 'src1' }, _claim_sources: {} })).toEqual([]);
    expect(await roles({ hasgroups: true, roles: ['kept'] })).toEqual(['kept']);
    expect(gate.logged.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });
});

describe('tokens of another issuer', () => {
  const oidc = (settings: Partial<TokenSettings> = {}): Identity =>
    entra({
      provider: { kind: 'oidc', issuer: issuer.origin },
      audiences: ['urn:gateway'],
      userIdClaim: 'sub',
      ...settings,
    });
  const claims = (more: Claims = {}): Claims => ({
    iss: issuer.origin,
    aud: ['urn:gateway', 'urn:more'],
    sub: 'ann',
    client_id: 'inspector',
    scope: 'openid mcp',
    ...more,
  });

  test('are checked with the keys that its discovery names', async () => {
    const identity = oidc({ scope: 'mcp' });
    const exp = Math.floor(Date.now() / 1000) + 600;
    expect(await ask(identity, await issuer.sign(claims({ groups: 'g-admins', exp })))).toEqual({
      expiresAt: (exp + 60) * 1000, // with the leeway of the check
      id: 'ann',
      roles: ['mcp.admin'],
      kind: 'user',
    });
    const robot = await ask(identity, await issuer.sign(claims({ sub: 'inspector' })));
    expect(robot.kind).toBe('app');
    expect(await code(identity, await issuer.sign(claims({ scope: 'openid' })))).toBe('insufficient_scope'); // prettier-ignore
    expect(await code(oidc(), await issuer.sign(claims({ scope: undefined })))).toBe('accepted as ann'); // prettier-ignore
    expect(await code(identity, await issuer.sign(claims({ aud: 'inspector' })))).toBe('unauthenticated'); // prettier-ignore
    expect(await code(identity, await issuer.sign(issuer.user()))).toBe('unauthenticated');
  });

  test('count for nothing while its discovery speaks of another one', async () => {
    const provider = { kind: 'oidc', issuer: `${issuer.origin}/` } as const;
    const token = await issuer.sign(claims({ iss: `${issuer.origin}/` }));
    expect(await code(oidc({ provider }), token)).toBe('unavailable');
  });
});

test('nothing of a token is ever logged', async () => {
  const identity = entra();
  const token = await issuer.sign(issuer.user({ oid: 'secret-oid', aud: 'secret-audience' }));
  expect(await code(identity, token)).toBe('unauthenticated');
  expect(gate.logged.join()).toContain('The token is for another audience.');
  expect(gate.logged.join()).not.toMatch(/secret|eyJ/);
});
