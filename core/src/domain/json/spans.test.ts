import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eachMember, elementSpans, memberSpan, replaceSpans } from './spans.ts';

const at = (json: string, path: readonly string[]): string | undefined => {
  const span = memberSpan(json, path);
  return span && json.slice(span.start, span.end);
};

describe('a member', () => {
  test('is found as JSON.parse finds it, in any JSON', () => {
    const key = fc.oneof(
      fc.constantFrom('id', 'params', '_meta', '"', '\\', '{', 'é'),
      fc.string(),
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(key, tie('value')),
        fc.array(tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(
        fc.dictionary(key, json),
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (root, path, pretty) => {
          const text = JSON.stringify(root, null, pretty ? 2 : 0);
          let value: unknown = JSON.parse(text);
          for (const name of path) {
            const object = typeof value === 'object' && value !== null && !Array.isArray(value);
            value =
              object && Object.hasOwn(value as object, name)
                ? (value as Record<string, unknown>)[name]
                : undefined;
          }
          const found = at(text, path);
          expect(found === undefined ? undefined : JSON.parse(found)).toEqual(value);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('of a name that comes twice is the last, written in any way', () => {
    expect(at('{"id":1,"\\u0069d":2}', ['id'])).toBe('2');
  });

  test('is replaced and everything else keeps its bytes', () => {
    const json =
      '{ "id" : 9007199254740993, "n":1.0, "params":{"_meta":{"progressToken":"a\\"b"}} }';
    const replaced = replaceSpans(json, [
      { span: memberSpan(json, ['params', '_meta', 'progressToken']), by: '7' },
      { span: memberSpan(json, ['id']), by: '7' },
      { span: memberSpan(json, ['absent']), by: 'never' },
    ]);
    expect(replaced).toBe('{ "id" : 7, "n":1.0, "params":{"_meta":{"progressToken":7}} }');
  });

  test('behind a long value is found in linear time', () => {
    const json = `{"a":${JSON.stringify('\\"'.repeat(2_000_000))},"id":5}`;
    expect(at(json, ['id'])).toBe('5');
  });
});

describe('elements and members', () => {
  const walked = (json: string): unknown => {
    if (json.startsWith('[')) {
      return elementSpans(json, 0).map(({ start, end }) => walked(json.slice(start, end)));
    }
    if (!json.startsWith('{')) return JSON.parse(json);
    const object = Object.create(null) as Record<string, unknown>;
    eachMember(json, 0, (key, { start, end }) => (object[key] = walked(json.slice(start, end))));
    return { ...object };
  };

  test('are those that JSON.parse finds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, pretty) => {
        const json = JSON.stringify(value, null, pretty ? 2 : 0);
        expect(walked(json)).toEqual(JSON.parse(json));
      }),
      { numRuns: 300 },
    );
  });

  test('of the same name are all shown', () => {
    const seen: string[] = [];
    eachMember('{"a":1,"\\u0061":2,"b":3}', 0, (key, { start }) => seen.push(`${key}@${start}`));
    expect(seen).toEqual(['a@5', 'a@16', 'b@22']);
  });

  test('are none where there is no object and no array', () => {
    expect(elementSpans('{"a":1}', 0)).toEqual([]);
    eachMember('[1]', 0, () => {
      throw new Error('a member was shown');
    });
  });
});
