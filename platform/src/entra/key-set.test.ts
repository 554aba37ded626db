import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Identity } from '@mcp-gateway/core/ports/identity';
import { COOL_DOWN_MS, SPARE_LOOKS } from './key-set.ts';
import { ask, code, identityBench, type IdentityBench } from './testing/identity-bench.ts';
import { CLIENT, testIssuer, type TestIssuer } from './testing/issuer.ts';

let issuer: TestIssuer;
let gate: IdentityBench;

beforeAll(async () => {
  issuer = await testIssuer();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  gate = identityBench(issuer);
  issuer.behave('well');
  issuer.publish({});
});

test('keys that the issuer publishes for others sign nothing here', async () => {
  const token = await issuer.sign(issuer.user());
  for (const [published, verdict] of [
    [{ issuer: `${issuer.origin}/{tenantid}/v2.0` }, 'accepted as ann-oid'],
    [{ issuer: `${issuer.origin}/${CLIENT}/v2.0` }, 'unavailable'],
    [{ use: 'enc' }, 'unavailable'],
  ] as const) {
    issuer.publish(published);
    expect(await code(gate.identity(), token)).toBe(verdict);
  }
});

test.each(['error', 'nonsense', 'endless', 'elsewhere'] as const)(
  'an issuer that answers with %s makes tokens uncheckable, not wrong',
  async (how) => {
    issuer.behave(how);
    const identity = gate.identity();
    await expect(ask(identity, await issuer.sign(issuer.user()))).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 5,
    });
    expect(gate.logged.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  },
);

test('an issuer that never answers holds a caller up for seconds only', async () => {
  issuer.behave('hang');
  expect(await code(gate.identity(), await issuer.sign(issuer.user()))).toBe('unavailable');
}, 20_000);

describe('over time', () => {
  const clock = { ms: 0 };
  const at = (): Identity => gate.identity({ now: () => clock.ms });
  beforeEach(() => {
    clock.ms = Date.now();
  });
  const fresh = (n: number): Promise<string> => issuer.sign(issuer.user({ n }));

  test('a token is checked once, and no longer believed than it lives', async () => {
    const identity = at();
    const token = await issuer.sign(issuer.user({ exp: Math.floor(clock.ms / 1000) + 100 }));
    expect(await ask(identity, token)).toBe(await ask(identity, token));
    expect(identity.authenticate({ authorization: `Bearer ${token}` })).not.toBeInstanceOf(Promise);
    clock.ms += 159_000;
    expect(await code(identity, token)).toBe('accepted as ann-oid');
    clock.ms += 2_000;
    expect(await code(identity, token)).toBe('unauthenticated');
  });

  test('a new key is found when its first token comes, but strangers cannot make the issuer busy', async () => {
    const identity = at();
    expect(await code(identity, await fresh(1))).toBe('accepted as ann-oid');
    const asked = issuer.asked();
    await issuer.rotate(true);
    expect(await code(identity, await fresh(2))).toBe('accepted as ann-oid');
    expect(issuer.asked()).toBe(asked + 1);

    const strange = (kid: string) => issuer.sign(issuer.user(), { kid });
    for (let n = 0; n < 20; n++) {
      expect(await code(identity, await strange(`strange-${n}`))).toBe('unauthenticated');
    }
    expect(issuer.asked()).toBe(asked + SPARE_LOOKS);
    await issuer.rotate(true);
    expect(await code(identity, await fresh(3))).toBe('unauthenticated'); // none is left to spare
    clock.ms += COOL_DOWN_MS;
    const verdicts = await Promise.all(Array.from({ length: 50 }, async () => code(identity, await strange('x')))); // prettier-ignore
    expect(new Set(verdicts)).toEqual(new Set(['unauthenticated']));
    expect(issuer.asked()).toBe(asked + SPARE_LOOKS + 1);
    expect(await code(identity, await fresh(3))).toBe('accepted as ann-oid');
  });

  test('a key that was withdrawn ends what it has signed within minutes', async () => {
    const identity = at();
    const token = await fresh(4);
    expect(await code(identity, token)).toBe('accepted as ann-oid');
    await issuer.rotate();
    clock.ms += 10 * 60_000;
    expect(await code(identity, token)).toBe('unauthenticated');
  });

  test('while the issuer is away known keys stay good, and unknown ones cannot be judged', async () => {
    const identity = at();
    const token = await fresh(5);
    expect(await code(identity, token)).toBe('accepted as ann-oid');
    issuer.behave('error');
    clock.ms += 20 * 60_000;
    expect(await code(identity, token)).toBe('accepted as ann-oid');
    expect(await code(identity, await fresh(6))).toBe('accepted as ann-oid');
    const strange = await issuer.sign(issuer.user(), { kid: 'strange' });
    expect(await code(identity, strange)).toBe('unavailable');
    issuer.behave('hang'); // and whoever comes with a known key does not wait for it
    clock.ms += 5_000;
    const started = performance.now();
    expect(await code(identity, await fresh(7))).toBe('accepted as ann-oid');
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(await code(identity, strange)).toBe('unavailable');
    issuer.behave('well');
    clock.ms += 5_000;
    expect(await code(identity, strange)).toBe('unauthenticated');
  });
});
