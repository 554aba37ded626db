import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { adapterOf, exposedNames } from './exposed-names.ts';

test('names of adapters and tools are joined, and the own tools of the router cannot be taken', () => {
  expect([...exposedNames('files', ['read', 'list'])]).toEqual([
    ['files_list', 'list'],
    ['files_read', 'read'],
  ]);
  const [taken = ''] = exposedNames('search', ['tools']).keys();
  expect(taken).toMatch(/^search_tools-[0-9a-f]{10}$/);
});

test('whatever an adapter calls its tools: names are valid, different, the same each time, and lead to the adapter', () => {
  const names = fc.array(fc.string({ maxLength: 200, unit: 'binary' }), { maxLength: 8 });
  fc.assert(
    fc.property(names, (own) => {
      const exposed = exposedNames('a-b', own);
      expect(new Set(exposed.values())).toEqual(new Set(own));
      expect(exposed).toEqual(exposedNames('a-b', own.toReversed()));
      for (const name of exposed.keys()) {
        expect(name).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
        expect(adapterOf(name)).toBe('a-b');
      }
    }),
    { numRuns: 50 },
  );
});
