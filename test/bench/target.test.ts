import { expect, test } from '@jest/globals';
import { createLedger } from './ledger.ts';
import { excess, judge, of, ratio } from './target.ts';
import type { Target } from './target.ts';

const rate = { scenario: 'echo', subject: 'ours', metric: 'rate' };

function setup(limit: Target['limit'], quantity: Target['quantity'] = of(rate)) {
  const ledger = createLedger();
  for (const value of [30, 10, 20]) ledger.record(rate, value);
  for (const value of [10, 10, 10]) ledger.record({ ...rate, subject: 'theirs' }, value);
  return judge(ledger, { part: 'bridge', name: 'echo', unit: 'calls/s', limit, quantity });
}

test('the median decides, and the limit itself is enough', () => {
  expect(setup({ atLeast: 20 })).toMatchObject({ met: true, reached: { median: 20, min: 10 } });
  expect(setup({ atLeast: 20.1 }).met).toBe(false);
  expect(setup({ atMost: 20 }).met).toBe(true);
  expect(setup({ atMost: 19 }).met).toBe(false);
});

test('what was not measured is not met', () => {
  const nothing = of({ ...rate, scenario: 'other' });
  expect(setup({ atMost: 1000 }, nothing)).toMatchObject({ met: false, reached: undefined });
});

test('a ratio and an excess are taken repeat by repeat', () => {
  expect(setup({ atLeast: 2 }, ratio(rate, 'theirs')).reached).toMatchObject({ min: 1, max: 3 });
  expect(setup({ atLeast: 2 }, excess(rate, 'theirs')).reached).toMatchObject({ min: 0, max: 20 });
});
