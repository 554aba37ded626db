import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { toolPolicy, toolRulesShape } from './tool-rules.ts';

const Rules = z.object(toolRulesShape);
const may = (rules: unknown, roles: readonly string[], tool: string): boolean =>
  toolPolicy(Rules.parse(rules), roles)?.(tool) ?? true;

describe('rules about tools', () => {
  test('that are absent allow everything and cost nothing', () => {
    expect(toolPolicy({}, ['ops'])).toBeUndefined();
    expect(toolPolicy({ allowedTools: { ops: ['*'] } }, ['OPS'])).toBeUndefined();
  });

  test.each([
    [{ allowedTools: { '*': ['get'] } }, [], 'get', true],
    [{ allowedTools: { '*': ['get'] } }, [], 'set', false],
    [{ allowedTools: ['get'] }, ['any'], 'get', true],
    [{ allowedTools: {} }, ['mcp.admin'], 'get', false],
    [{ allowedTools: { ops: ['set'] } }, ['dev'], 'set', false],
    [{ allowedTools: { Ops: ['set'] } }, ['oPS'], 'set', true],
    [{ allowedTools: { ops: ['set'], '*': ['get'] } }, ['ops'], 'get', true],
    [{ deniedTools: { '*': ['delete_*'] } }, ['mcp.admin'], 'delete_all', false],
    [{ deniedTools: { '*': ['delete_*'] } }, [], 'get', true],
    [{ allowedTools: ['*'], deniedTools: { guest: ['set'] } }, ['guest'], 'set', false],
    [{ allowedTools: ['*'], deniedTools: { guest: ['set'] } }, ['ops'], 'set', true],
    [{ allowedTools: { ops: ['*'] }, deniedTools: ['set'] }, ['ops'], 'set', false],
    [{ deniedTools: ['delete'] }, [], 'delete ', false],
    [{ deniedTools: ['delete'] }, [], 'delete\0', false],
    [{ deniedTools: ['delete'] }, [], '', false],
    [{ allowedTools: ['constructor'] }, [], 'toString', false],
  ])('%j for %j and %s: %s', (rules, roles, tool, allowed) => {
    expect(may(rules, roles, tool)).toBe(allowed);
  });

  test.each([
    ['get_*', 'get_', true],
    ['get_*', 'forget_', false],
    ['*_all', 'delete_all', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*b*b*', 'abc', false],
    ['*b*b*', 'abcb', true],
    ['a.c', 'abc', false],
  ])('the pattern %s meets %s: %s', (pattern, tool, met) => {
    expect(may({ allowedTools: [pattern] }, [], tool)).toBe(met);
  });

  test('mean by * what a regular expression means by .*', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(text, name, (pattern, tool) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(tool);
        expect(may({ allowedTools: [pattern] }, [], tool)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('take no time to speak of for patterns that are hard for regular expressions', () => {
    const pattern = '*a'.repeat(60) + '*b';
    const started = process.cpuUsage();
    expect(may({ allowedTools: [pattern] }, [], 'a'.repeat(200_000))).toBe(false);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  test.each([[{ allowedTools: [''] }], [{ allowedTools: { 'a,b': [] } }], [{ deniedTools: 'get' }], [{ deniedTools: ['a b'] }]])(
    'that make no sense are refused: %j',
    (rules) => {
      expect(Rules.safeParse(rules).success).toBe(false);
    },
  ); // prettier-ignore
});
