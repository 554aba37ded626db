import { expect, test } from '@jest/globals';
import type { Check } from './checks.ts';
import { differences, judge } from './compare.ts';

const check = (id: string, status: string): Check => ({ suite: 's', scenario: 'c', id, status });

test('the same checks in another order do not differ', () => {
  const checks = [check('a', 'SUCCESS'), check('b', 'INFO'), check('b', 'WARNING')];
  expect(differences(checks, [...checks].reverse())).toEqual([]);
});

test('a check that fails, is missing, is new or ran once less is a difference', () => {
  const direct = [
    check('a', 'SUCCESS'),
    check('b', 'SUCCESS'),
    check('c', 'INFO'),
    check('c', 'INFO'),
  ];
  const through = [check('a', 'FAILURE'), check('c', 'INFO'), check('d', 'SUCCESS')];
  const of = { suite: 's', scenario: 'c' };
  expect(differences(direct, through)).toEqual([
    { ...of, check: 'a', direct: 'SUCCESS', through: 'FAILURE' },
    { ...of, check: 'b', direct: 'SUCCESS', through: 'absent' },
    { ...of, check: 'c', direct: 'INFO INFO', through: 'INFO' },
    { ...of, check: 'd', direct: 'absent', through: 'SUCCESS' },
  ]);
});

test('an explanation counts for its targets alone, and only for what it explains', () => {
  const found = differences([check('a', 'SUCCESS')], [check('a', 'WARNING')]);
  const expected = [{ ...found[0]!, targets: ['bridge'], reason: 'known' }];
  expect(judge('bridge', found, expected)).toMatchObject({
    explained: [{ check: 'a', reason: 'known' }],
    unexplained: [],
    stale: [],
  });
  expect(judge('gateway', found, expected)).toMatchObject({ explained: [], unexplained: found });
  const worse = differences([check('a', 'SUCCESS')], [check('a', 'FAILURE')]);
  expect(judge('bridge', worse, expected)).toMatchObject({ unexplained: worse, stale: expected });
});
