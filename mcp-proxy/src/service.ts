import type { IncomingMessage, ServerResponse } from 'node:http';

/** What `main.ts` listens with, whatever stands behind it. */
export interface Service {
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly start: () => void;
  /** Takes nothing new where that can be avoided, lets running calls finish; resolves when nothing is left. */
  readonly drain: () => Promise<void>;
  /** Ends everything at once. */
  readonly kill: () => void;
}
