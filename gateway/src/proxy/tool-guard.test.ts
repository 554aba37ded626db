import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { isGatewayError } from '@mcp-gateway/core/domain/errors';
import { guardTools } from './tool-guard.ts';

const policy = (tool: string): boolean => tool === 'get';

function guard(body: string | Buffer, headers: Record<string, string> = {}) {
  // What the guard reads of a request.
  const request = { headers, rawHeaders: Object.entries(headers).flat() } as unknown as IncomingMessage;
  try {
    return guardTools(request, Buffer.from(body as string), policy);
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    return error.code;
  }
} // prettier-ignore

const call = (name: string, id: unknown = 7): string => JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } }); // prettier-ignore
const MODERN = { 'mcp-method': 'tools/call', 'mcp-name': 'get' };

describe('rules about tools', () => {
  test('let through what they allow, and all that is no call of a tool', () => {
    for (const body of [call('get'), '', '{"method":"initialize","id":1}', '{"id":3,"result":{}}', '[]']) {
      expect(guard(body)).toEqual({ lists: false, refusal: undefined });
    }
    expect(guard('{"method":"tools/list","id":1}')).toEqual({ lists: true, refusal: undefined });
  }); // prettier-ignore

  test('make a forbidden tool one that does not exist, under the id as it was written', () => {
    expect(guard('{"id":9007199254740993,"method":"tools/call","params":{"name":"set"}}')).toEqual({
      lists: false,
      refusal: '{"jsonrpc":"2.0","id":9007199254740993,"error":{"code":-32602,"message":"Unknown tool: set"}}',
    });
  }); // prettier-ignore

  test('refuse a batch as a whole', () => {
    const made = guard(`[${call('get', 1)},${call('set', 'b')},{"method":"notifications/x"}]`);
    const refusal = typeof made === 'object' ? made.refusal : undefined;
    expect(JSON.parse(refusal ?? '')).toMatchObject([
      { id: 1, error: { code: -32600 } },
      { id: 'b', error: { code: -32602 } },
    ]);
  });

  test.each([
    ['a name of another type', '{"id":1,"method":"tools/call","params":{"name":["get"]}}'],
    ['no name', '{"id":1,"method":"tools/call","params":{}}'],
    ['params in a list', '{"id":1,"method":"tools/call","params":["get",{}]}'],
    ['no params', '{"id":1,"method":"tools/call"}'],
    ['escapes in names', '{"id":1,"m\\u0065thod":"tools\\/call","params":{"n\\u0061me":"s\\u0065t"}}'],
    ['a name within the arguments', '{"id":1,"method":"tools/call","params":{"arguments":{"name":"get"}}}'],
  ])('refuse a call with %s', (_, body) => {
    expect(guard(body)).toMatchObject({ refusal: expect.stringContaining('-32602') });
  }); // prettier-ignore

  test.each([
    ['a method twice', '{"id":1,"method":"ping","method":"tools/call","params":{"name":"set"}}'],
    ['a method twice, the good one last', '{"id":1,"method":"tools/call","params":{"name":"set"},"method":"ping"}'],
    ['a method twice by an escape', '{"id":1,"method":"ping","m\\u0065thod":"ping"}'],
    ['a method in another case', '{"id":1,"method":"ping","Method":"tools/call","params":{"name":"set"}}'],
    ['a letter that folds', '{"id":1,"method":"tools/call","paramſ":{"name":"set"},"params":{"name":"get"}}'],
    ['params twice', '{"id":1,"method":"tools/call","params":{"name":"set"},"params":{"name":"get"}}'],
    ['a name twice', '{"id":1,"method":"tools/call","params":{"name":"set","name":"get"}}'],
    ['a name in another case', '{"id":1,"method":"tools/call","params":{"name":"get","NAME":"set"}}'],
    ['a method with space', '{"id":1,"method":" tools/call","params":{"name":"set"}}'],
    ['a method with NUL', '{"id":1,"method":"tools/call\\u0000","params":{"name":"set"}}'],
    ['a method in capitals', '{"id":1,"method":"TOOLS/call","params":{"name":"set"}}'],
    ['a nested batch', `[[${call('set')}]]`],
    ['something else in a batch', `[1,${call('get')}]`],
    ['text', '"tools/call"'],
    ['two values', `${call('get')}${call('set')}`],
    ['a byte order mark', `\ufeff${call('get')}`],
    ['UTF-16', Buffer.from(call('set'), 'utf16le')],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from('{"method":"tools/call","x":"'), Buffer.of(0xff), Buffer.from('"}')])],
    ['comments', `/* */${call('get')}`],
    ['a million brackets', '['.repeat(1_000_000)],
    ['a forbidden call that asks for no answer', '{"method":"tools/call","params":{"name":"set"}}'],
  ])('refuse %s', (_, body) => {
    expect(guard(body)).toBe('invalid_request');
  }); // prettier-ignore

  test.each([
    [{ 'content-encoding': 'gzip' }],
    [{ 'content-type': 'application/json; charset=utf-7' }],
    [{ 'content-type': 'application/json; charset="UTF-16"' }],
    [{ 'content-type': 'application/json', 'Content-Type': 'application/json' }],
    [{ 'content-type': 'application/json', content_type: 'application/json; charset=utf-7' }],
  ])('refuse a body that says %j', (headers) => {
    expect(guard(call('get'), headers as Record<string, string>)).toBe('unsupported_media_type');
  });

  test.each<[string, Record<string, string>, unknown]>([
    [call('get'), MODERN, { lists: false, refusal: undefined }],
    [call('get'), { 'mcp-name': '=?base64?Z2V0?=' }, { lists: false, refusal: undefined }],
    [call('get'), { 'content-type': 'application/json; charset=UTF-8' }, { lists: false, refusal: undefined }],
    [call('set'), MODERN, 'header_mismatch'],
    [call('get'), { ...MODERN, 'mcp-name': 'set' }, 'header_mismatch'],
    [call('get'), { ...MODERN, 'mcp-name': '=?base64?c2V0?=' }, 'header_mismatch'],
    [call('get'), { ...MODERN, 'mcp-name': '=?base64?Z2V0' }, 'header_mismatch'],
    [call('get'), { ...MODERN, 'mcp-method': 'ping' }, 'header_mismatch'],
    ['{"id":1,"method":"ping"}', MODERN, 'header_mismatch'],
    [`[${call('get')},${call('get')}]`, MODERN, 'header_mismatch'],
  ])('hold %s against its headers %j', (body, headers, result) => {
    expect(guard(body, headers)).toEqual(result);
  }); // prettier-ignore
});
