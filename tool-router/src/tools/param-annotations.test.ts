import { expect, test } from '@jest/globals';
import { hasUsableAnnotations } from './param-annotations.ts';

const usable = (inputSchema: Record<string, unknown>): boolean =>
  hasUsableAnnotations({ name: 'x', inputSchema });
const marked = { type: 'string', 'x-mcp-header': 'Region' };

test('a marked argument is fine where properties alone lead to it', () => {
  expect(usable({ type: 'object', properties: { a: marked } })).toBe(true);
  expect(usable({ properties: { a: { properties: { b: marked } } } })).toBe(true);
  expect(usable({ properties: { 'x-mcp-header': { type: 'string' } } })).toBe(true);
  expect(usable({ properties: { a: { const: { 'x-mcp-header': 7 } } } })).toBe(true);
});

test.each([
  ['the whole of the arguments', { 'x-mcp-header': 'A' }],
  ['an item of a list', { properties: { a: { items: marked } } }],
  ['what is reached by a reference', { $defs: { a: marked } }],
  ['an alternative', { anyOf: [{ properties: { a: marked } }] }],
  ['an object', { properties: { a: { type: 'object', 'x-mcp-header': 'A' } } }],
  ['a name that is no header', { properties: { a: { type: 'string', 'x-mcp-header': 'a b' } } }],
  ['two arguments by one name', { properties: { a: marked, b: { ...marked, 'x-mcp-header': 'REGION' } } }], // prettier-ignore
])('a mark on %s cannot be followed', (_what, schema) => {
  expect(usable(schema)).toBe(false);
});
