import { expect, test } from '@jest/globals';
import { scopeChallenge, signInChallenge } from './challenge.ts';

const resourceMetadata = 'https://mcp.example.com/.well-known/oauth-protected-resource';
const scope = 'api://gateway/mcp.access';

test('a caller learns where to sign in and for what, and that a token was bad only if one came', () => {
  expect(signInChallenge({ resourceMetadata, scope }, false)).toBe(
    `Bearer resource_metadata="${resourceMetadata}", scope="${scope}"`,
  );
  expect(signInChallenge({ resourceMetadata, scope: undefined }, true)).toBe(
    `Bearer resource_metadata="${resourceMetadata}", error="invalid_token"`,
  );
});

test('a caller who may not learns which scope there is, if there is one', () => {
  expect(scopeChallenge({ resourceMetadata, scope })).toBe(
    `Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${resourceMetadata}"`,
  );
  expect(scopeChallenge({ resourceMetadata, scope: undefined })).toBe(
    `Bearer error="insufficient_scope", resource_metadata="${resourceMetadata}"`,
  );
});
