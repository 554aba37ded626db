import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ArgumentsError, splitArguments } from './args.ts';

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
  ])('%s are the words of a shell, nothing expanded', (text, words) => {
    expect(splitArguments(text)).toEqual(words);
  });

  test('come back from any quoting', () => {
    const word = fc.string({ maxLength: 50 }).filter((text) => !/[\0\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), (words) => {
        expect(splitArguments(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });

  test.each([
    ["an open quote 'x", /quote/],
    ['a b\\', /backslash/],
    ['x '.repeat(65), /at most 64 .* 65/],
    ['x'.repeat(513), /argument 1 is longer than 512/],
    ["ok 'a\nb'", /argument 2 has a NUL or a line break/],
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

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
