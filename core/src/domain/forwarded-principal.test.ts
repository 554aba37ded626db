import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { forwardedHeaders, forwardedPrincipal } from './forwarded-principal.ts';

test('who arrives is who was sent, whatever its id and roles are', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(text, fc.array(text), (id, roles) => {
      const headers = forwardedHeaders({ id, roles, kind: 'user' });
      expect(`${headers.userId}${headers.roles}`).toMatch(/^[\x21-\x7e]*$/);
      expect(forwardedPrincipal(headers)).toEqual({ id, roles, kind: 'user' });
    }),
  );
});

test.each([
  ['', 'mcp.admin'],
  ['%', ''],
  ['ann', '%zz'],
])('%j with roles %j is nobody', (userId, roles) => {
  expect(forwardedPrincipal({ userId, roles })).toBeUndefined();
});
