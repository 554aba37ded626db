import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bodyListener, type Heard } from './heard-messages.ts';

/** What is heard of `text` in pieces of `size` bytes. */
function heard(text: string, size = Infinity): readonly Heard[] | undefined {
  const listener = bodyListener();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) listener.hear(bytes.subarray(at, at + size));
  expect(listener.bytes()).toBe(bytes.length);
  const whole = bodyListener();
  whole.hearAll(bytes);
  expect(whole.bytes()).toBe(bytes.length);
  expect(whole.messages()).toEqual(listener.messages());
  return listener.messages();
}

/** The same by `JSON.parse`. */
function understood(text: string): readonly Heard[] | undefined {
  const value: unknown = JSON.parse(text);
  const messages = Array.isArray(value) ? value : [value];
  return messages.map((message: Record<string, unknown>) => {
    const method = typeof message.method === 'string' ? message.method : undefined;
    const params = message.params as Record<string, unknown> | undefined | null;
    const name = typeof params === 'object' && params !== null && !Array.isArray(params) ? params.name : undefined; // prettier-ignore
    const tool = method === 'tools/call' && typeof name === 'string' ? name : undefined;
    return { method, tool, isRequest: method !== undefined && message.id !== undefined && message.id !== null }; // prettier-ignore
  });
}

describe('a body on its way', () => {
  test('says what JSON.parse understands, in pieces of any size', () => {
    const text = fc.oneof(fc.constantFrom('tools/call', 'name', 'a"b', '\\', '\\\\', 'é', '😀'), fc.string()); // prettier-ignore
    const inner = fc.dictionary(fc.oneof(fc.constantFrom('name', 'method', 'id', 'params', 'x'), fc.string()), fc.oneof(text, fc.jsonValue({ maxDepth: 2 }))); // prettier-ignore
    const message = fc.record(
      {
        id: fc.oneof(fc.integer(), text, fc.constant(null), fc.constant(true)),
        method: fc.oneof(fc.constant('tools/call'), text, fc.integer(), fc.constant(null)),
        params: fc.oneof(inner, fc.array(text), fc.constant(null), text),
        result: inner,
        other: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(message, fc.array(message, { maxLength: 4 }));
    const order = fc.boolean();
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 9 }), fc.boolean(), order, (value, size, pretty, turned) => {
        const shown = turned && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value; // prettier-ignore
        const json = JSON.stringify(shown, null, pretty ? 1 : 0);
        expect(heard(json, size)).toEqual(understood(json));
      }),
      { numRuns: 1500 },
    ); // prettier-ignore
  });

  test.each([
    ['{"method":"ping","method":"tools/call","params":{"name":"a","name":"b"},"id":1}'],
    ['{"id":1,"id":null,"method":"tools\\/call","params":{"n\\u0061me":"\\u0061"}}'],
    ['{"params":{"name":"a"},"params":{"arguments":{"name":"c"}},"method":"tools/call"}'],
    ['{"method":"tools/call","params":{"arguments":{"name":"inner"},"name":"outer"}}'],
    [' \n[{"method":"a","id":1},{"method":"tools/call","id":2,"params":{"name":"x"}}]\n'],
    ['[]'],
  ])('takes the last of the same name, and every spelling: %s', (json) => {
    for (const size of [1, 2, 3, Infinity]) expect(heard(json, size)).toEqual(understood(json));
  });

  test.each([[''], ['x'], ['"text"'], ['7'], ['{"method":"a"'], ['{}{}'], ['[[{}]]'], ['\ufeff{}'], ['}']])(
    'that is no message says nothing: %j',
    (text) => {
      expect(heard(text)).toBeUndefined();
    },
  ); // prettier-ignore

  test('says its tool also behind a megabyte of arguments', () => {
    const pad = 'x\\"'.repeat(500_000);
    const json = `{"params":{"arguments":{"pad":"${pad}"},"name":"last"},"method":"tools/call","id":1}`;
    expect(heard(json, 65_536)).toEqual([{ method: 'tools/call', tool: 'last', isRequest: true }]);
  });

  test('of more messages than anybody sends keeps the first', () => {
    expect(heard(`[${Array(1500).fill('{"method":"a"}').join()}]`)).toHaveLength(1000);
  });
});
