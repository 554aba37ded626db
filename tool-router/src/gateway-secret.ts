import { createHash, timingSafeEqual } from 'node:crypto';

/** Tells whether a request comes from the gateway; takes as long for a wrong secret as for the right one. */
export function secretCheck(secrets: readonly string[]): (given: unknown) => boolean {
  const known = secrets.map(digest);
  return (given) => {
    if (typeof given !== 'string') return false;
    const wanted = digest(given);
    // All are compared, so that the time does not tell which one of them it was.
    return known.map((one) => timingSafeEqual(one, wanted)).includes(true);
  };
}

/** Of equal length whatever the secret, as the comparison wants it. */
const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
