import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lines } from './lines.ts';

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function all(chunks: AsyncIterable<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(chunks)) found.push(line);
  return found;
}

test('lines are the same wherever the stream was cut, also within a character', async () => {
  const text = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', '')));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (expected, size) => {
      const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(''));
      expect(await all(chunked(bytes, size))).toEqual(expected);
    }),
  );
});

test('what stands after the last line end is a line, too', async () => {
  expect(await all(chunked(Buffer.from('a\nb'), 8))).toEqual(['a', 'b']);
});
