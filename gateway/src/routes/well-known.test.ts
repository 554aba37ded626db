import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApi } from '../openapi.ts';
import { wellKnownRoutes } from './well-known.ts';

const publicOrigin = (): string => 'https://mcp.example.com';
const signIn = { authorizationServer: 'https://id.example', scope: 'mcp' };

test('without tokens there is nobody to get them from', () => {
  expect(wellKnownRoutes({ publicOrigin })).toEqual([]);
});

test('anybody may ask, for the API and for each MCP endpoint, and the description says so', async () => {
  const routes = wellKnownRoutes({ publicOrigin, signIn });
  expect(routes.map(({ path }) => path)).toEqual([
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-protected-resource/adapters/:name/mcp',
  ]);
  expect(routes.every(({ anonymous }) => anonymous)).toBe(true);
  const { valid } = await new Validator().validate({ ...openApi(routes, '1') });
  expect(valid).toBe(true);
});
