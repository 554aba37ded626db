import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { demultiplex } from './demultiplex.ts';

const frame = (stream: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};
const read = async (chunks: Buffer[]): Promise<string> => {
  let text = '';
  for await (const part of demultiplex(Readable.from(chunks))) text += part;
  return text;
};

test('text comes out whole however the stream is cut, also within a character', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 7 }),
      async (texts, size) => {
        const whole = Buffer.concat(texts.map((text) => frame(1, Buffer.from(text))));
        const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
          whole.subarray(index * size, (index + 1) * size),
        );
        expect(await read(chunks)).toBe(texts.join(''));
      },
    ),
  );
});

test('a character that a frame cuts is not mixed with the other stream', async () => {
  const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
  const chunks = [frame(1, first), frame(2, Buffer.from('error\n')), frame(1, second)];
  expect(await read(chunks)).toBe('error\nü');
});
