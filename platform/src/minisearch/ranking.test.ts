import { describe, expect, test } from '@jest/globals';
import { wordRanking } from './ranking.ts';

const TEXTS = [
  { name: 'create_invoice', description: 'Makes a bill for a customer' },
  { name: 'getWeatherFor_city', title: 'Forecast', description: 'Tells of rain and sun' },
  { name: 'tickets', description: 'Weather plays no part here', parameters: ['assignedTo'] },
  { name: 'translate', title: 'Translate', description: 'Turns a text into another language' },
];

describe('words find what has them', () => {
  const ranking = wordRanking();
  test.each([
    ['a word in the middle of a name, before one in a description', 'weather', [1, 2]],
    ['a part of a name between underscores', 'invoice', [0]],
    ['a title', 'forecast', [1]],
    ['a parameter, in parts', 'assigned', [2]],
    ['the beginning of a word', 'transl', [3]],
    ['a word with a slip', 'wether', [1, 2]],
    ['any of several words, in any case', 'RAIN bill', [0, 1]],
    ['nothing that is there', 'zebra', []],
    ['no word at all', '--- …', []],
  ])('%s', (_what, words, found) => {
    expect([...ranking(TEXTS, words)].sort()).toEqual(found);
  });

  test('a name counts for more than a description', () => {
    expect(ranking(TEXTS, 'weather')).toEqual([1, 2]);
  });
});

test('equal texts and words give equal answers, also of another process', () => {
  const same = Array.from({ length: 30 }, (_, at) => ({
    name: `tool-${at}`,
    description: 'the same',
  }));
  const once = wordRanking()(same, 'same');
  expect(once).toEqual([...Array(30).keys()]);
  expect(wordRanking()(same, 'same')).toEqual(once);
});

test('a text that changes in its parameters alone is found by the new ones', () => {
  const ranking = wordRanking();
  expect(ranking([{ name: 'x', parameters: ['colour'] }], 'shape')).toEqual([]);
  expect(ranking([{ name: 'x', parameters: ['shape'] }], 'shape')).toEqual([0]);
});

test('a word that is said again and again counts once, and only the first twenty count', () => {
  const ranking = wordRanking();
  expect(ranking(TEXTS, 'weather '.repeat(100))).toEqual(ranking(TEXTS, 'weather'));
  const many = Array.from({ length: 20 }, (_, at) => `zzz${at}zzz`).join(' ');
  expect(ranking(TEXTS, `${many} weather`)).toEqual([]);
});
