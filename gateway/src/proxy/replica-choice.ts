import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import type { OpenWork } from './open-work.ts';

/** The endpoint with the least open work; `turn` decides between equals, so that they take turns. */
export function leastLoaded(
  endpoints: readonly Endpoint[],
  work: OpenWork,
  turn: number,
): Endpoint | undefined {
  let best: Endpoint | undefined;
  let least = Infinity;
  for (let step = 0; step < endpoints.length; step++) {
    const endpoint = endpoints[(turn + step) % endpoints.length];
    if (endpoint === undefined) continue;
    const load = work.load(endpoint);
    if (load < least) [best, least] = [endpoint, load];
  }
  return best;
}

/**
 * The endpoint that every replica of the gateway chooses for `key` as long as all see the same endpoints
 * (rendezvous hashing: when one comes or goes, only its own keys move).
 */
export function rendezvous(endpoints: readonly Endpoint[], key: string): Endpoint | undefined {
  let best: Endpoint | undefined;
  let highest = -1;
  for (const endpoint of endpoints) {
    const score = hash(`${endpoint.instance}\0${key}`);
    if (score > highest) [best, highest] = [endpoint, score];
  }
  return best;
}

/** FNV-1a with the finish of MurmurHash3, which spreads names that differ in their last digit only. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
