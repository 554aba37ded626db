import { expect, test } from '@jest/globals';
import { HELP, parseOptions, PARTS } from './options.ts';

test('without options everything is measured and nothing is written', () => {
  expect(parseOptions([])).toEqual({ help: false, parts: PARTS, quick: false, write: false });
});

test('parts run in their own order, however they are named', () => {
  expect(parseOptions(['--only', 'start', '--only=relay']).parts).toEqual(['relay', 'start']);
});

test('an unknown part or option is refused with its name', () => {
  expect(() => parseOptions(['--only', 'gateway'])).toThrow('"gateway"');
  expect(() => parseOptions(['--fast'])).toThrow('--fast');
});

test('the help names every option', () => {
  for (const option of ['--only', '--quick', '--write', '--help']) expect(HELP).toContain(option);
});
