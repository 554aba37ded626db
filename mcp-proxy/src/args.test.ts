import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ArgumentsError, splitArguments } from './args.ts';

/** The ways in which a shell lets a text be protected. */
const QUOTING = {
  single: (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`,
  double: (text: string) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`,
  backslash: (text: string) => text.replaceAll(/[^]/gu, '\\$&'),
};

describe('arguments', () => {
  test.each([
    ['-y @azure/mcp@latest server start', ['-y', '@azure/mcp@latest', 'server', 'start']],
    [String.raw`--json "{\"a\":1}" 'it is' a\ b`, ['--json', '{"a":1}', 'it is', 'a b']],
    ['$HOME `ls` ; | > * # x', ['$HOME', '`ls`', ';', '|', '>', '*', '#', 'x']],
    [`'' ""`, ['', '']],
    [`a''"" ''b`, ['a', 'b']],
    ['', []],
    [' \t ', []],
    [String.raw`"\\ \" \n \' \$"`, [String.raw`\ " \n \' \$`]],
    [String.raw`'\\ \n'`, [String.raw`\\ \n`]],
    ['é=😀\u00a0x', ['é=😀\u00a0x']],
    [`$'a' $"b" '\\'"'"`, ['$a', '$b', `\\'`]],
  ])('%s are the words of a shell, nothing expanded', (text, words) => {
    expect(splitArguments(text)).toEqual(words);
  });

  test('come back from any quoting', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('a', ' ', '\\', "'", '"', '$', '\t'), maxLength: 20 }),
    );
    const part = fc.record({
      text: text.filter((each) => !/[\0\r\n]/.test(each)),
      quoting: fc.constantFrom(...Object.values(QUOTING)),
    });
    const word = fc.array(part, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), (words) => {
        const written = words.map((parts) => parts.map(({ text, quoting }) => quoting(text)).join('') || "''"); // prettier-ignore
        const meant = words.map((parts) => parts.map(({ text }) => text).join(''));
        expect(splitArguments(written.join(' '))).toEqual(meant);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["an open quote 'x", /quote/],
    ['a b\\', /backslash/],
    ['x '.repeat(65), /at most 64 .* 65/],
    ['x'.repeat(513), /argument 1 is longer than 512/],
    ["ok 'a\nb'", /argument 2 has a NUL or a line break/],
    ['ok a\\\nb', /argument 2 has a NUL or a line break/],
    ["'a\0b'", /NUL/],
  ])('%j are refused', (text, message) => {
    expect(() => splitArguments(text)).toThrow(ArgumentsError);
    expect(() => splitArguments(text)).toThrow(message);
  });

  test('at the limits are taken', () => {
    expect(splitArguments('x '.repeat(64))).toHaveLength(64);
    expect(splitArguments('x'.repeat(512))).toEqual(['x'.repeat(512)]);
    expect(splitArguments('😀'.repeat(512))).toEqual(['😀'.repeat(512)]);
    expect(() => splitArguments('😀'.repeat(513))).toThrow(/longer than 512/);
  });
});
