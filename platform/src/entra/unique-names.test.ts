import { expect, test } from '@jest/globals';
import { hasUniqueNames } from './unique-names.ts';

test.each([
  '{}',
  '[]',
  '"a"',
  '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
  '{"a":"\\"a\\":1","b":"a","A":1}',
  '{"a":["a","a","{","}"],"b":"}"}',
])('in %s every name is the only one in its object', (json) => {
  expect(hasUniqueNames(json)).toBe(true);
});

test.each([
  '{"a":1,"a":1}',
  '{"a" :1,"b":{"c":{}},"a"\n:2}',
  '{"a":1,"\\u0061":2}',
  '{"x":[{"y":{"a":1,"a":2}}]}',
  '{"__proto__":1,"__proto__":2}',
  '{"b":"}{","b":1}',
])('in %s a name is there twice', (json) => {
  expect(hasUniqueNames(json)).toBe(false);
});
