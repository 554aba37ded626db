import { randomUUID } from 'node:crypto';

/** The caller's request id where it is harmless to log and echo, else a new one. */
export function requestIdFrom(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(given) ? given : randomUUID();
}
