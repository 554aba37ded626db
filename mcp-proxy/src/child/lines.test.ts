import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lineFramer } from './lines.ts';

function frame(chunks: readonly string[], max = 1000) {
  const lines: string[] = [];
  const overflows: string[] = [];
  const unfinished: string[] = [];
  const framer = lineFramer(max, {
    line: (line) => lines.push(line.toString()),
    overflow: (beginning) => overflows.push(beginning.toString()),
    unfinished: (rest) => unfinished.push(rest.toString()),
  });
  for (const chunk of chunks) framer.push(Buffer.from(chunk));
  framer.end();
  return { lines, overflows, unfinished };
}

describe('lines', () => {
  test('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat(50), { maxLength: 30 }), (noise, cuts) => {
        const text = `${noise}\nétoile\r\n\n${noise}\n`;
        const chunks: string[] = [];
        let rest = text;
        for (const cut of cuts) {
          chunks.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        expect(frame([...chunks, rest])).toEqual(frame([text]));
      }),
    );
  });

  test('lose their ends, of either kind, and empty ones are none', () => {
    expect(frame(['a\r\n\n\r\nb\nc']).lines).toEqual(['a', 'b']);
  });

  test('that are too long are told once, by their beginning, and the next is whole', () => {
    expect(frame(['12345', '678', '9\nnext\n'], 6)).toMatchObject({
      lines: ['next'],
      overflows: ['123456'],
    });
    expect(frame(['123456789\nnext\n'], 6)).toMatchObject({
      lines: ['next'],
      overflows: ['123456'],
    });
  });

  test('of exactly the limit are taken', () => {
    expect(frame(['123', '456\n'], 6).lines).toEqual(['123456']);
    expect(frame(['123456\n'], 6).lines).toEqual(['123456']);
  });

  test('of many pieces cost linear time', () => {
    const time = (pieces: number): number => {
      const begun = process.cpuUsage();
      const framer = lineFramer(1e9, {
        line: () => undefined,
        overflow: () => undefined,
        unfinished: () => undefined,
      });
      const chunk = Buffer.alloc(64, 'x');
      for (let piece = 0; piece < pieces; piece += 1) framer.push(chunk);
      framer.push(Buffer.from('\n'));
      const { user, system } = process.cpuUsage(begun);
      return user + system;
    };
    time(10_000);
    // Quadratic work would be 400 times as much.
    expect(time(400_000)).toBeLessThan(100 * Math.max(time(20_000), 2000));
  });

  test('lose a byte order mark, and what has no end is told apart', () => {
    expect(frame(['\uFEFF{}\n\uFEFF\r\n', 're', 'st'])).toMatchObject({
      lines: ['{}'],
      unfinished: ['rest'],
    });
    expect(frame(['whole\n']).unfinished).toEqual([]);
    expect(frame(['x'.repeat(2000)])).toMatchObject({ unfinished: [], lines: [] });
  });
});
