import { describe, expect, test } from '@jest/globals';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import { describeIdentity } from '@mcp-gateway/core/testing/identity';
import { assertLoopback, developmentIdentity } from './identity.ts';

describeIdentity('Development', () => ({
  identity: developmentIdentity(),
  accepted: [
    { headers: {}, as: { id: 'dev', roles: ['mcp.dev'], kind: 'user' } },
    { headers: { 'x-dev-userid': ' ' }, as: { id: 'dev', roles: ['mcp.dev'], kind: 'user' } },
    {
      headers: { 'x-dev-userid': 'ann', 'x-dev-name': 'Ann A.', 'x-dev-roles': ' b,a, ,b ' },
      as: { id: 'ann', name: 'Ann A.', roles: ['b', 'a'], kind: 'user' },
    },
    { headers: { 'x-dev-roles': '' }, as: { id: 'dev', roles: [], kind: 'user' } },
  ],
  refused: {
    'an endless id': { 'x-dev-userid': 'x'.repeat(257) },
    'an id of two lines': { 'x-dev-userid': 'a\nbcd' },
    'an id that no header can carry on': { 'x-dev-userid': 'jürgen' },
    'two ids': { 'x-dev-userid': ['anna', 'benn'] },
    'two ids that Node has joined': { 'x-dev-userid': 'anna, benn' },
    'an endless name': { 'x-dev-name': 'x'.repeat(257) },
    'an endless role': { 'x-dev-roles': 'x'.repeat(257) },
    'too many roles': { 'x-dev-roles': 'role,'.repeat(65) },
    'a role with a control character': { 'x-dev-roles': 'a\u0007bcd' },
  },
}));

describe('the address of a gateway with development identity', () => {
  test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.255', '::1', '[::1]'])(
    'may be %s',
    (host) => expect(() => assertLoopback(host)).not.toThrow(),
  );

  test.each([
    '0.0.0.0',
    '::',
    '',
    '192.168.1.4',
    '127.0.0.1.example.com',
    '127.0.0.256',
    '127.1',
    'localhost.example.com',
    '::ffff:10.0.0.1',
    'my-laptop',
  ])('must not be %p', (host) => {
    expect(() => assertLoopback(host)).toThrow(SettingsError);
    expect(() => assertLoopback(host)).toThrow(/set HOST to localhost/);
  });
});
