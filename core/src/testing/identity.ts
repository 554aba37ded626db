import { describe, expect, test } from '@jest/globals';
import { isGatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { Identity, RequestHeaders } from '../ports/identity.ts';

/** An identity with headers that it accepts, as whom, and headers that it refuses. */
export interface IdentityUnderTest {
  readonly identity: Identity;
  readonly accepted: readonly { readonly headers: RequestHeaders; readonly as: Principal }[];
  /** Titles to headers. */
  readonly refused: Readonly<Record<string, RequestHeaders>>;
}

/** The promises of `Identity`, for every implementation. */
export function describeIdentity(
  title: string,
  make: () => Promise<IdentityUnderTest> | IdentityUnderTest,
): void {
  describe(`${title} keeps the promises of an identity`, () => {
    test('good credentials tell who calls, the same each time', async () => {
      const { identity, accepted } = await make();
      expect(accepted.length).toBeGreaterThan(0);
      for (const { headers, as } of accepted) {
        expect(await identity.authenticate(headers)).toMatchObject(as);
        expect(await identity.authenticate(headers)).toMatchObject(as);
      }
    });

    test('a principal always has an id, for resources are owned by it', async () => {
      const { identity, accepted } = await make();
      for (const { headers } of accepted) {
        expect((await identity.authenticate(headers)).id).toMatch(/\S/);
      }
    });

    test('bad credentials are unauthenticated, and the error does not repeat them', async () => {
      const { identity, refused } = await make();
      for (const [why, headers] of Object.entries(refused)) {
        const error: unknown = await Promise.resolve()
          .then(() => identity.authenticate(headers))
          .then(
            () => `${why} was accepted`,
            (reason: unknown) => reason,
          );
        expect(error).toMatchObject({ code: 'unauthenticated' });
        if (!isGatewayError(error)) throw error;
        for (const value of Object.values(headers).flat()) {
          if (value !== undefined && value.length > 3) expect(error.message).not.toContain(value);
        }
      }
    });

    test('headers that carry credentials are named, in lower case', async () => {
      const { identity, accepted } = await make();
      for (const name of identity.credentialHeaders) expect(name).toBe(name.toLowerCase());
      for (const { headers } of accepted) {
        expect(identity.credentialHeaders).toEqual(expect.arrayContaining(Object.keys(headers)));
      }
    });
  });
}
