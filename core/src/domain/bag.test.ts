import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bag } from './bag.ts';

test('a bag holds exactly what was added and not removed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
      const all = Array.from({ length: 10 }, () => ({ slot: 0 }));
      const expected = new Set<(typeof all)[0]>();
      const made = bag<(typeof all)[0]>();
      for (const [add, which] of steps) {
        const item = all[which]!;
        if (!add) made.remove(item);
        else if (!expected.has(item)) made.add(item);
        if (add) expected.add(item);
        else expected.delete(item);
        expect(new Set(made.items())).toEqual(expected);
        expect(made.size()).toBe(expected.size);
      }
    }),
  );
});
