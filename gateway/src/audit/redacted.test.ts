import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redacted } from './redacted.ts';

test('what looks like a secret has stars in its place, at any depth', () => {
  const given = {
    city: 'Bern',
    count: 7,
    flag: true,
    nothing: null,
    Password: 'x',
    client_secret: { deep: 'x' },
    headers: [{ name: 'Authorization', value: 'Bearer abc' }, { 'X-Api-Key': 'k' }],
    note: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    pem: '-----BEGIN PRIVATE KEY-----',
    hash: 'd41d8cd98f00b204e9800998ecf8427e',
    link: 'postgres://user:pw@host/db',
    short: 'ghp_abcdefgh',
    ['eyJhbGciOiJSUzI1NiJ9.e30']: 1,
  };
  expect(redacted(given)).toEqual({
    city: 'Bern',
    count: 7,
    flag: true,
    nothing: null,
    Password: '***',
    client_secret: '***',
    headers: [{ name: 'Authorization', value: '***' }, { 'X-Api-Key': '***' }],
    note: '***',
    pem: '***',
    hash: '***',
    link: '***',
    short: '***',
    '***': 1,
  });
});

test('what is large is cut short', () => {
  const words = 'word '.repeat(100);
  expect(redacted(words)).toBe(`${words.slice(0, 256)}…`);
  expect(redacted(Array(60).fill(1))).toHaveLength(51);
  expect(redacted({ a: { b: { c: { d: { e: { f: 1 } } } } } })).toEqual({ a: { b: { c: { d: { e: '…' } } } } }); // prettier-ignore
});

test('a value under a name that says so is never kept', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('password', 'accessToken', 'SECRET'), (value, name) => {
      expect(redacted({ [name]: value })).toEqual({ [name]: '***' });
    }),
  ); // prettier-ignore
});
