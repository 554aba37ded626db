import { expect, test } from '@jest/globals';
import { ascending, median, percentile, spread } from './statistics.ts';

test('a spread gives the median and the range, whatever the order', () => {
  expect(spread([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
});

test('the median of an even number of values lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a percentile between two values is interpolated', () => {
  expect(percentile([0, 10], 99)).toBeCloseTo(9.9);
  expect(percentile([7], 99)).toBe(7);
});

test('nothing measured is an error, not a zero', () => {
  expect(() => median([])).toThrow('no values');
});

test('sorting leaves the original alone', () => {
  const values = [2, 1];
  expect(ascending(values)).toEqual([1, 2]);
  expect(values).toEqual([2, 1]);
});
