import { describe, expect, test } from '@jest/globals';
import { headerText } from '@mcp-gateway/core/domain/header-text';
import { paramHeaders, paramRefusal } from './param-headers.ts';

const schema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    deep: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
    list: { type: 'array', items: { type: 'string', 'x-mcp-header': 'No' } },
    bad: { type: 'string', 'x-mcp-header': 'not a token' },
    plain: { type: 'string' },
  },
};
const refused = (args: object, headers: Record<string, string>) =>
  paramRefusal(paramHeaders(schema), args, headers)?.code;

describe('annotated arguments', () => {
  test('are found along properties alone', () => {
    expect(paramHeaders(schema)).toEqual([
      { header: 'mcp-param-region', path: ['region'], numeric: false },
      { header: 'mcp-param-count', path: ['deep', 'count'], numeric: true },
    ]);
  });

  test.each([
    [{ region: 'eu' }, { 'mcp-param-region': 'eu' }, undefined],
    [{ region: 'é' }, { 'mcp-param-region': '=?base64?w6k=?=' }, undefined],
    [{ region: 'é' }, { 'mcp-param-region': '=?base64?w6k?=' }, -32020],
    [{ region: 'eu' }, { 'mcp-param-region': 'EU' }, -32020],
    [{ region: 'eu' }, {}, -32020],
    [{ region: null }, { 'mcp-param-region': 'eu' }, undefined],
    [{}, { 'mcp-param-region': 'eu' }, undefined],
    [{ deep: { count: 42 } }, { 'mcp-param-count': '42.0' }, undefined],
    [{ deep: { count: 42 } }, { 'mcp-param-count': '43' }, -32020],
  ])('%j with %j: %s', (args, headers, code) => {
    expect(refused(args, headers as Record<string, string>)).toBe(code);
  });
});

test.each([
  [' plain\t', 'plain'],
  ['=?base64?SGk=?=', 'Hi'],
  ['=?base64??=', ''],
  ['=?base64?!!!?=', undefined],
  ['=?base64?/w==?=', undefined],
  ['=?base64?SGk=', '=?base64?SGk='],
])('the header %j says %j', (header, text) => {
  expect(headerText(header)).toBe(text);
});
