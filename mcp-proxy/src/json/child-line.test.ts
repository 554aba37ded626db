import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readChildLine, wholeMessage } from './child-line.ts';

const long = 'x'.repeat(5000);
const read = (text: string) => readChildLine(Buffer.from(text));

describe('a line of a child', () => {
  test.each([
    ['id first', (id: string) => `{"jsonrpc":"2.0","id":${id},"result":{"text":"${long}"}}`],
    ['id last', (id: string) => `{"result":{"text":"${long}"},"jsonrpc":"2.0","id":${id}}`],
    [
      'id before the version',
      (id: string) => `{"result":{"text":"${long}"},"id":${id},"jsonrpc":"2.0"}`,
    ],
    ['spaces', (id: string) => `{ "jsonrpc": "2.0", "result": ["${long}"], "id" : ${id} }`],
  ])('has its id found without parsing when it is long: %s', (_, line) => {
    for (const id of ['5', '-1', '"five"', '""']) {
      const found = read(line(id));
      const span = found?.idSpan;
      expect(found?.message.id).toBe(JSON.parse(id));
      expect(found?.text.toString().slice(span?.start, span?.end)).toBe(id);
    }
  });

  test('is never taken for another than JSON.parse takes it', () => {
    const value = fc.jsonValue();
    const id = fc.oneof(fc.string(), fc.integer());
    const member = fc.oneof(
      fc.tuple(fc.constant('id'), id),
      fc.tuple(fc.constant('result'), value),
      fc.tuple(fc.constantFrom('extra', 'result '), value),
    );
    fc.assert(
      fc.property(fc.array(member), id, value, fc.boolean(), (members, own, inner, last) => {
        const padded = { inner, '"id":1}': ',"jsonrpc":"2.0","id":7}', long };
        const ours: [string, unknown][] = [
          ['jsonrpc', '2.0'],
          ['result', padded],
          ['id', own],
        ];
        const entries = last ? [...members, ...ours] : [...ours, ...members];
        const text = JSON.stringify(Object.fromEntries(entries));
        const parsed = JSON.parse(text) as { id: unknown };
        expect(read(text)?.message.id).toBe(parsed.id);
      }),
    );
  });

  test('that is long and no plain result is parsed', () => {
    const error = read(`{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"${long}"}}`);
    expect(error?.message.error).toMatchObject({ code: -32601 });
    const note = read(
      `{"jsonrpc":"2.0","method":"notifications/x","params":{"id":1,"long":"${long}"}}`,
    );
    expect(note?.message).toMatchObject({ id: undefined, method: 'notifications/x' });
  });

  test('can be read whole where only its id was looked for', () => {
    const line = read(`{"jsonrpc":"2.0","id":1,"result":{"text":"${long}"}}`);
    expect(line && wholeMessage(line).result).toEqual({ text: long });
  });

  test.each([
    '',
    'text',
    '[]',
    '{}',
    '{"jsonrpc":"1.0","id":1,"result":1}',
    '{"jsonrpc":"2.0"',
    '{"jsonrpc":"2.0","id":{},"result":1}',
  ])('that is no message is none: %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  test('has no raw carriage return that would end a line of an event stream', () => {
    expect(read('{"jsonrpc":"2.0",\r"id":1,"result":{}}')?.text).not.toContain('\r');
  });
});
