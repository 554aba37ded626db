import { expect, test } from '@jest/globals';
import { createLedger } from './ledger.ts';
import { comparisonTable, loadTable, markdownTable, readable, targetTable } from './tables.ts';

function setup() {
  const ledger = createLedger();
  const measure = { scenario: 'echo', subject: 'ours', metric: 'rate' };
  for (const value of [1000, 3000, 2000]) ledger.record(measure, value);
  return ledger;
}

test('a table has a rule below its header', () => {
  expect(markdownTable(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | ---: |\n| 1 | 2 |');
});

test('numbers have as many digits as they mean', () => {
  expect([12345.6, 99.95, 4.123, 0.2, -3.5].map(readable)).toEqual([
    '12 346',
    '100',
    '4.12',
    '0.2',
    '-3.5',
  ]);
});

test('a load shows median and range, and leaves out whom nobody measured', () => {
  const table = loadTable(setup(), ['echo'], ['ours', 'absent']);
  expect(table).toContain('| echo | ours | 2 000 (1 000–3 000) |');
  expect(table).not.toContain('absent');
});

test('a comparison says who failed', () => {
  const ledger = setup();
  ledger.fail('echo', 'theirs', 'closed');
  const compared = [{ title: 'Echo', scenario: 'echo', metric: 'rate' }];
  expect(comparisonTable(ledger, compared, ['ours', 'theirs', 'other'])).toContain(
    '| Echo | 2 000 (1 000–3 000) | fails |  |',
  );
});

test('a missed target and one that was not measured stand out', () => {
  const target = {
    part: 'bridge',
    name: 'Echo',
    limit: { atMost: 3 },
    unit: 'ms',
    quantity: () => [],
  } as const;
  const table = targetTable([
    { target, reached: { median: 2, min: 1, max: 4 }, met: true },
    { target, reached: undefined, met: false },
  ]);
  expect(table).toContain('| Echo | ≤ 3 ms | 2 (1–4) | met |');
  expect(table).toContain('| Echo | ≤ 3 ms | not measured | **missed** |');
});
