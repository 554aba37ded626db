import { expect, test } from '@jest/globals';
import { schemas } from './schemas.ts';

test('a complaint names the place and what is wanted there', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const { complaint } = schemas();
  expect(complaint(schema, { city: 'Bern' })).toBeUndefined();
  expect(complaint(schema, { city: 7 })).toBe('/city must be string');
  expect(complaint(schema, {})).toBe("must have required property 'city'");
});

test('a keyword of 2020-12 counts where no dialect is named', () => {
  const schema = { type: 'object', properties: { at: { prefixItems: [{ type: 'number' }] } } };
  expect(schemas().complaint(schema, { at: ['north'] })).toContain('/at/0');
});

test('schemas of draft-07 and 2019-09, which older libraries write, are checked by their own rules', () => {
  const { complaint } = schemas();
  for (const $schema of [
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
  ]) {
    const schema = { $schema, type: 'object', properties: { n: { type: 'integer' } } };
    expect(complaint(schema, { n: 1 })).toBeUndefined();
    expect(complaint(schema, { n: 1.5 })).toBe('/n must be integer');
  }
});

test('a pattern with catastrophic backtracking is broken off', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
  const begun = performance.now();
  expect(schemas().complaint(schema, { a: `${'a'.repeat(40)}!` })).toBe('takes too long to check');
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('many items that must differ are broken off', () => {
  const schema = { type: 'object', properties: { a: { type: 'array', uniqueItems: true } } };
  const a = Array.from({ length: 50_000 }, (_, n) => ({ n }));
  expect(schemas().complaint(schema, { a })).toBe('takes too long to check');
});

test('a reference to another document is never fetched; the schema counts as not valid', () => {
  const schema = { type: 'object', properties: { a: { $ref: 'http://127.0.0.1:9/schema' } } };
  expect(schemas().complaint(schema, { a: 1 })).toContain('not valid');
});

test('a value nested too deeply for a recursive schema is refused, not a crash', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#' } }, required: [] };
  let value: object = {};
  for (let depth = 0; depth < 100_000; depth++) value = { a: value };
  expect(schemas().complaint(schema, value)).toBe('takes too long to check');
});

test('equal ids in two schemas do not disturb each other', () => {
  const { complaint } = schemas();
  expect(complaint({ $id: 'https://a/x', type: 'object' }, {})).toBeUndefined();
  expect(complaint({ $id: 'https://a/x', type: 'object', maxProperties: 0 }, { a: 1 })).toContain(
    'must NOT have more than 0',
  );
});

test('a schema that calls itself like a dialect takes nothing away from the others', () => {
  const { complaint } = schemas();
  const $id = 'https://json-schema.org/draft/2020-12/schema';
  expect(complaint({ $id, type: 'object' }, {})).toContain('not valid');
  expect(complaint({ type: 'object' }, 1)).toBe('must be object');
});
