import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Log } from '@mcp-gateway/core/ports/log';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Keys older than this are asked for again before they are used. */
export const MAX_AGE_MS = 10 * 60_000;
/** Keys that are not known are looked for no more often than this in the long run, whatever strangers send. */
export const COOL_DOWN_MS = 30_000;
/** So many looks need not wait, so that a key counts as soon as its first token comes. */
export const SPARE_LOOKS = 3;
/** An issuer that cannot be reached is asked no more often than this. */
export const RETRY_MS = 5_000;

export interface KeySetOptions {
  readonly load: () => Promise<JSONWebKeySet>;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The keys of an issuer. */
export interface KeySet {
  /** The key that a token names; throws `unavailable` when the issuer cannot be asked for it. */
  readonly find: JWTVerifyGetKey;
  /** Fetches the keys before the first token needs them; never rejects. */
  readonly warm: () => Promise<void>;
}

/** Fetches keys when they are needed; those once fetched stay good while the issuer is away. */
export function keySet({ load, log, now }: KeySetOptions): KeySet {
  let known: JWTVerifyGetKey | undefined;
  let freshUntil = -Infinity;
  let retryAt = -Infinity;
  /** When all looks so far would be over, one each cool-down (the leaky bucket of GCRA). */
  let looksUntil = -Infinity;
  let isAway = false;
  let loading: Promise<void> | undefined;

  async function fetchKeys(): Promise<void> {
    try {
      const keys = await load();
      if (keys.keys.length === 0) throw new Error('there is no key that signs tokens');
      known = createLocalJWKSet(keys);
      freshUntil = now() + MAX_AGE_MS;
      looksUntil = Math.max(looksUntil, now()) + COOL_DOWN_MS;
      if (isAway) log.info({}, 'signing keys are there again');
      isAway = false;
    } catch (err) {
      retryAt = now() + RETRY_MS;
      if (!isAway) log.warn({ err }, 'signing keys cannot be fetched');
      isAway = true;
    }
  }

  async function reload(): Promise<void> {
    const mayAsk = now() >= retryAt && looksUntil - now() <= SPARE_LOOKS * COOL_DOWN_MS;
    if (loading === undefined && !mayAsk) return;
    loading ??= fetchKeys().finally(() => (loading = undefined));
    await loading;
  }

  return {
    warm: reload,
    find: async (header, token) => {
      if (now() >= freshUntil) {
        const reloaded = reload();
        // Nobody has to wait again for an issuer that has just been found to be away.
        if (known === undefined || !isAway) await reloaded;
      }
      try {
        if (known !== undefined) return await known(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      await reload();
      if (known === undefined || isAway) throw away();
      return known(header, token);
    },
  };
}

function away(): GatewayError {
  return new GatewayError('unavailable', 'Tokens cannot be checked now.', {
    retryAfterSeconds: RETRY_MS / 1000,
  });
}
