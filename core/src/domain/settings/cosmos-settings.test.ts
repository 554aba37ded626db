import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { cosmosSettings, cosmosShape } from './cosmos-settings.ts';
import { parseSettings, SettingsError } from './settings.ts';

const read = (environment: Record<string, string>) =>
  cosmosSettings(parseSettings(z.object(cosmosShape), environment));

test('without an endpoint there is no Cosmos DB', () => {
  expect(read({ COSMOS_KEY: 'a2V5' })).toBeUndefined();
});

test('an account in Azure is reached by identity', () => {
  expect(read({ COSMOS_ENDPOINT: 'https://a.documents.azure.com/' })).toEqual({
    endpoint: 'https://a.documents.azure.com/',
    database: 'McpGatewayDb',
    timeoutSeconds: 15,
  });
});

test.each(['https://a.documents.azure.com', 'https://a.documents.azure.us:443/'])(
  'a key for %s is refused without showing it',
  (endpoint) => {
    const act = () => read({ COSMOS_ENDPOINT: endpoint, COSMOS_KEY: 'c2VjcmV0' });
    expect(act).toThrow(SettingsError);
    expect(act).not.toThrow(/c2VjcmV0/);
  },
);

test('a local server may have a key and plain HTTP; tokens never travel in the clear', () => {
  expect(read({ COSMOS_ENDPOINT: 'http://127.0.0.1:8081', COSMOS_KEY: 'a2V5' })?.key).toBe('a2V5');
  expect(() => read({ COSMOS_ENDPOINT: 'http://a.example' })).toThrow(/https/);
});
