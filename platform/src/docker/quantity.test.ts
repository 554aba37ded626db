import { expect, test } from '@jest/globals';
import { quantity } from './quantity.ts';

test.each([
  ['250m', 0.25],
  ['1.5', 1.5],
  ['2k', 2000],
  ['512Mi', 536_870_912],
  ['1G', 1e9],
  ['1Ti', 2 ** 40],
])('%s is %d', (text, value) => {
  expect(quantity(text)).toBeCloseTo(value, 9);
});
