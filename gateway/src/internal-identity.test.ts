import { expect, test } from '@jest/globals';
import { forwardedHeaders } from '@mcp-gateway/core/domain/forwarded-principal';
import { internalIdentity } from './internal-identity.ts';

const SECRETS = ['n'.repeat(32), 'o'.repeat(32)];
const identity = internalIdentity(SECRETS);
const ann = { 'x-mcp-userid': 'ann', 'x-mcp-roles': 'team,Weather.Read' };
const who = async (headers: Record<string, string | string[]>) =>
  Promise.resolve().then(() => identity.authenticate(headers));

test.each(SECRETS)('whoever knows %s is believed for whom it acts', async (secret) => {
  expect(await who({ ...ann, 'x-gateway-secret': secret })).toMatchObject({ id: 'ann', roles: ['team', 'Weather.Read'] }); // prettier-ignore
});

test('what a gateway says of a caller comes back as it was, whatever the names are', async () => {
  const principal = { id: 'Łukasz, the 1st%', roles: ['a,b', 'ü'], kind: 'user' } as const;
  const { userId, roles } = forwardedHeaders(principal);
  const headers = { 'x-gateway-secret': SECRETS[0]!, 'x-mcp-userid': userId, 'x-mcp-roles': roles };
  expect(await who(headers)).toMatchObject({ id: principal.id, roles: principal.roles });
});

test.each([
  ['no secret', {}],
  ['an empty one', { 'x-gateway-secret': '' }],
  ['a wrong one', { 'x-gateway-secret': 'x'.repeat(32) }],
  ['the beginning of one', { 'x-gateway-secret': 'n'.repeat(31) }],
  ['all of them at once', { 'x-gateway-secret': SECRETS.join(',') }],
  ['one of them twice', { 'x-gateway-secret': [SECRETS[0]!, SECRETS[0]!] }],
  ['a token instead', { authorization: `Bearer ${SECRETS[0]!}` }],
])('with %s nobody gets in', async (_what, headers) => {
  await expect(who({ ...ann, ...headers })).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('the secret alone is nobody', async () => {
  const secret = { 'x-gateway-secret': SECRETS[0]! };
  for (const headers of [
    {},
    { 'x-mcp-userid': '' },
    { 'x-mcp-roles': 'mcp.admin' },
    { 'x-mcp-userid': '%zz' },
  ]) {
    // prettier-ignore
    await expect(who({ ...secret, ...headers })).rejects.toMatchObject({ code: 'unauthenticated' });
  }
});

test('without any secret nobody gets in', async () => {
  const closed = internalIdentity([]);
  const act = async () => closed.authenticate({ ...ann, 'x-gateway-secret': '' });
  await expect(act()).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('the secret is a credential, so it goes no further', () => {
  expect(identity.credentialHeaders).toEqual(['x-gateway-secret']);
});
