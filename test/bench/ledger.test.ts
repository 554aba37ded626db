import { expect, test } from '@jest/globals';
import { createLedger, ratios } from './ledger.ts';

const rate = (subject: string) => ({ scenario: 'echo', subject, metric: 'rate' });

test('values come back in the order of their repeats', () => {
  const ledger = createLedger();
  ledger.record(rate('ours'), 3);
  ledger.record(rate('ours'), 1);
  expect(ledger.values(rate('ours'))).toEqual([3, 1]);
  expect(ledger.values(rate('theirs'))).toEqual([]);
});

test('ratios pair the values of one repeat', () => {
  const ledger = createLedger();
  for (const value of [10, 40]) ledger.record(rate('ours'), value);
  for (const value of [5, 10]) ledger.record(rate('theirs'), value);
  expect(ratios(ledger, rate('ours'), rate('theirs'))).toEqual([2, 4]);
});

test('a repeat that one of the two did not reach gives no ratio', () => {
  const ledger = createLedger();
  for (const value of [10, 40]) ledger.record(rate('ours'), value);
  ledger.record(rate('theirs'), 5);
  expect(ratios(ledger, rate('ours'), rate('theirs'))).toEqual([2]);
  expect(ratios(ledger, rate('ours'), rate('absent'))).toEqual([]);
});

test('what was too little to be measured gives no ratio', () => {
  const ledger = createLedger();
  ledger.record(rate('ours'), 3);
  ledger.record(rate('theirs'), 0);
  expect(ratios(ledger, rate('ours'), rate('theirs'))).toEqual([]);
});

test('the first reason of a failure stays', () => {
  const ledger = createLedger();
  ledger.fail('echo', 'theirs', 'it closed the connection');
  ledger.fail('echo', 'theirs', 'not connected');
  expect(ledger.failure('echo', 'theirs')).toBe('it closed the connection');
  expect(ledger.failure('echo', 'ours')).toBeUndefined();
  expect(ledger.failures()).toHaveLength(1);
});
