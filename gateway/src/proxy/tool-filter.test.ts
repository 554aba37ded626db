import { describe, expect, test } from '@jest/globals';
import { filterText, toolFilter } from './tool-filter.ts';

const policy = (tool: string): boolean => !tool.startsWith('delete');
const SSE = { 'content-type': 'text/event-stream; charset=utf-8' };

function filtered(text: string, size = Infinity, headers: object = SSE, max = 1_000_000): string {
  const filter = toolFilter(policy, headers as Record<string, string>, max);
  if (filter === 'unreadable') return filter;
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(filter.pass(bytes.subarray(at, at + size))); // prettier-ignore
  return Buffer.concat([...out, filter.end()]).toString();
}

const LIST = '{"jsonrpc":"2.0", "id":1,"result":{"tools":[ {"name":"get","n":1.0}, {"name":"delete_all","inputSchema":{"a":[1,2]}} ,{"name":"set"}],"nextCursor":"x","cacheScope":"public"}}'; // prettier-ignore
const LEFT = '{"jsonrpc":"2.0", "id":1,"result":{"tools":[{"name":"get","n":1.0},{"name":"set"}],"nextCursor":"x","cacheScope":"private"}}'; // prettier-ignore

describe('a list of tools', () => {
  test('loses the forbidden ones, and is then no list for everybody', () => {
    expect(filterText(LIST, policy)).toBe(LEFT);
  });

  test.each([
    ['{"id":1,"result":{"tools":[{"name":"get"}],"cacheScope":"public"}}'],
    ['{"id":1,"result":{"content":[{"type":"text","text":"tools: delete_all"}]}}'],
    ['{"method":"sampling/createMessage","id":1,"params":{"tools":[{"name":"delete_all"}]}}'],
    ['{"id":1,"result":{"tools":{"name":"delete_all"}}}'],
    ['no JSON about tools'],
    ['{"id":1,"error":{"code":-1,"message":"tools"}}'],
  ])('that has nothing forbidden keeps its bytes: %s', (text) => {
    expect(filterText(text, policy)).toBeUndefined();
    expect(filtered(`data: ${text}\n\n`)).toBe(`data: ${text}\n\n`);
    expect(filtered(text, 3, { 'content-type': 'application/json' })).toBe(text);
  });

  test.each([
    ['twice', '{"result":{"tools":[{"name":"delete"}],"tools":[{"name":"delete"}]}}', '{"result":{"tools":[],"tools":[]}}'],
    ['in two results', '{"result":{"tools":[{"name":"delete"}]},"result":{"tools":[]}}', '{"result":{"tools":[]},"result":{"tools":[]}}'],
    ['with a name twice', '{"result":{"tools":[{"name":"delete","name":"get"}]}}', '{"result":{"tools":[]}}'],
    ['without a name', '{"result":{"tools":[{},7]}}', '{"result":{"tools":[]}}'],
    ['in escapes', '{"r\\u0065sult":{"t\\u006fols":[{"n\\u0061me":"d\\u0065lete"}]}}', '{"r\\u0065sult":{"t\\u006fols":[]}}'],
    ['in a batch', '[{"id":1,"result":{}},{"id":2,"result":{"tools":[{"name":"delete"}]}}]', '[{"id":1,"result":{}},{"id":2,"result":{"tools":[]}}]'],
  ])('hides nothing %s', (_, text, left) => {
    expect(filterText(text, policy)).toBe(left);
  }); // prettier-ignore

  test.each([['\n'], ['\r\n'], ['\r']])('in an event stream with breaks %j, in pieces of any size', (end) => {
    const before = `: hi${end}${end}id: 4${end}event: message${end}`;
    const stream = `${before}data: ${LIST}${end}${end}data: 2${end}${end}`;
    for (const size of [1, 2, 3, 7, 64, Infinity]) {
      expect(filtered(stream, size)).toBe(`${before}data: ${LEFT}${end}${end}data: 2${end}${end}`);
    }
  }); // prettier-ignore

  test('over several lines of data is one list', () => {
    const stream = 'data: {"result":\ndata:{"tools":[{"name":"delete"}]}\nid: 1\ndata: }\n\n';
    expect(filtered(stream, 5)).toBe('data: {"result":\ndata: {"tools":[]}\ndata: }\nid: 1\n\n');
  });

  test('of which the last event is only half there does not end well', () => {
    expect(filtered(`data: 1\n\ndata: ${LIST}\n`)).toBe('data: 1\n\n');
  });

  test('behind a byte order mark is filtered as well', () => {
    expect(filtered(`\ufeff${LIST}`, 9, {})).toBe(LEFT);
    expect(filtered(`\ufeffdata: ${LIST}\n\n`, 9)).toBe(`data: ${LEFT}\n\n`);
  });

  test('that is packed or too large is not let through', () => {
    expect(filtered(LIST, 9, { 'content-encoding': 'gzip' })).toBe('unreadable');
    expect(() => filtered(`data: ${LIST}\n\n`, 10, SSE, 50)).toThrow('more than 50 bytes');
    expect(() => filtered(LIST, 10, {}, 50)).toThrow('more than 50 bytes');
    expect(filtered(`data: 1\n\n`.repeat(100), 10, SSE, 50)).toHaveLength(900);
  });
});
