import { expect, test } from '@jest/globals';
import { isDeeper } from './depth.ts';

test.each([
  ['[[1]]', 2, false],
  ['[[1]]', 1, true],
  ['{"a":[{"b":1}]}', 2, true],
  ['["[[[[[", "\\"[[[["]', 1, false],
  ['["\\\\", [[]]]', 2, true],
  ['[]'.repeat(100), 1, false],
  ['"open', 1, false],
])('%s is deeper than %d: %s', (json, max, deeper) => {
  expect(isDeeper(Buffer.from(json), max)).toBe(deeper);
});
