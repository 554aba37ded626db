import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_UPSTREAM_ID, sessionSeal } from './session-seal.ts';
import type { SessionBinding } from './session-seal.ts';

const binding: SessionBinding = { kind: 'adapter', name: 'weather', uid: 'u1', principal: 'ann' };
const place = { instance: 'adapter-weather-0', uid: 'r1', id: 'abc' };
const key = randomBytes(32);

/** Two seals over the same keys: what one seals the other opens without having seen it. */
function setup(keys = [key], maxAgeSeconds = 100) {
  const clock = { now: 1_000_000 };
  const options = { keys, maxAgeSeconds, now: () => clock.now };
  return { clock, here: sessionSeal(options), there: sessionSeal(options) };
}

const upstreamId = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: MAX_UPSTREAM_ID,
});

test('any id of visible ASCII comes back whole, at this replica and at any other', () => {
  const { here, there } = setup();
  fc.assert(
    fc.property(upstreamId, fc.string(), (id, principal) => {
      const bound = { ...binding, principal };
      const sealed = here.seal({ ...place, id }, bound)!;
      expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(here.open(sealed, bound)).toEqual({ ...place, id });
      expect(there.open(sealed, bound)).toEqual({ ...place, id });
    }),
  );
});

test('a sealed id with any bit flipped does not open', () => {
  const { here, there } = setup();
  const bytes = Buffer.from(here.seal(place, binding)!, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes);
    forged[bit >> 3]! ^= 1 << (bit & 7);
    expect(there.open(forged.toString('base64url'), binding)).toBeUndefined();
  }
});

test('no two spellings of a sealed id open', () => {
  const { here, there } = setup();
  const sealed = here.seal(place, binding)!;
  for (const spelling of [
    `${sealed}=`,
    ` ${sealed}`,
    `${sealed}\n`,
    `${sealed}A`,
    sealed + sealed,
  ]) {
    expect(there.open(spelling, binding)).toBeUndefined();
  }
});

test('arbitrary text neither opens nor throws', () => {
  const { here } = setup();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 4000 })), (text) => {
      expect(here.open(text, binding)).toBeUndefined();
    }),
  );
});

test('a sealed id opens for its own adapter and principal only, also from the cache', () => {
  const { here, there } = setup();
  const sealed = here.seal(place, binding)!;
  const others: readonly Partial<SessionBinding>[] = [
    { principal: 'bob' },
    { name: 'other' },
    { uid: 'u2' },
    { kind: 'tool' },
  ];
  for (const seal of [here, there]) {
    expect(seal.open(sealed, binding)).toEqual(place);
    for (const other of others) {
      expect(seal.open(sealed, { ...binding, ...other })).toBeUndefined();
    }
  }
});

test('a sealed id is refused once it is too old, also from the cache', () => {
  const { clock, here, there } = setup([key], 100);
  const sealed = here.seal(place, binding)!;
  clock.now += 100_000;
  expect(here.open(sealed, binding)).toEqual(place);
  clock.now += 1;
  expect(here.open(sealed, binding)).toBeUndefined();
  expect(there.open(sealed, binding)).toBeUndefined();
});

test('keys rotate: an older key still opens until it is taken away', () => {
  const next = randomBytes(32);
  const sealed = setup([key]).here.seal(place, binding)!;
  expect(setup([next, key]).here.open(sealed, binding)).toEqual(place);
  expect(setup([next]).here.open(sealed, binding)).toBeUndefined();
  const fresh = setup([next, key]).here.seal(place, binding)!;
  expect(setup([next]).here.open(fresh, binding)).toEqual(place);
});

test('the same place is never sealed to the same text, so ids tell nothing about each other', () => {
  const { here } = setup();
  expect(here.seal(place, binding)).not.toBe(here.seal(place, binding));
});

test('an id that no server may give is not sealed', () => {
  const { here } = setup();
  for (const id of ['', 'a b', 'a\n', 'ü', 'x'.repeat(MAX_UPSTREAM_ID + 1)]) {
    expect(here.seal({ ...place, id }, binding)).toBeUndefined();
  }
});

test('keys that cannot seal are refused when the seal is made', () => {
  expect(() => setup([])).toThrow('needed');
  expect(() => setup([randomBytes(16)])).toThrow('32 bytes');
});
