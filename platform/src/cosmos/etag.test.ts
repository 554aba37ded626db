import { expect, test } from '@jest/globals';
import { fromEtag, toEtag } from './etag.ts';

test.each(['"0a00c1e2-0000-0d00-0000-650000000000"', '5c8f3a52-0000-4000-8000-000000000000'])(
  'the server gets back what it called the version: %s',
  (raw) => {
    expect(toEtag(raw)).toMatch(/^[\x21\x23-\x7e]+$/);
    expect(fromEtag(toEtag(raw))).toBe(raw);
  },
);

test('with and without quotes are two versions', () => {
  expect(toEtag('"a"')).not.toBe(toEtag('a'));
});

test.each(['', ' ', 'a\r\nX-Evil: 1', 'a"b', 'é'])(
  '%j names no version and breaks no header',
  (etag) => {
    expect(fromEtag(etag)).toBe('"none"');
  },
);
