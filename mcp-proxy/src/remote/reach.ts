import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tuning } from '../tuning.ts';

/** Finds out once whether a remote server is there. What fails after that is answered call by call. */
export interface Reach {
  readonly start: () => void;
  readonly stop: () => void;
  /** It has been there. */
  readonly reached: () => boolean;
  /** Why it could not be reached the last time. */
  readonly failure: () => string | undefined;
}

/** Tries with a connection alone: a request would leave its traces in the server, and not all servers take one without a user's token. */
export function createReach(url: URL, { backoffMs, maxBackoffMs, connectMs }: Tuning): Reach {
  let reached = false;
  let failure: string | undefined;
  let stopped = false;

  const run = async (): Promise<void> => {
    let pause = backoffMs;
    while (!stopped && !reached) {
      failure = await attempt(url, connectMs);
      reached = failure === undefined;
      if (reached) return;
      await sleep(pause, undefined, { ref: false });
      pause = Math.min(pause * 2, maxBackoffMs);
    }
  };
  return {
    start: () => void run(),
    stop: () => {
      stopped = true;
    },
    reached: () => reached,
    failure: () => failure,
  };
}

/** Resolves with what went wrong, if anything. */
function attempt(
  { protocol, hostname, port }: URL,
  timeoutMs: number,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({
    // An address of version 6 has brackets in a URL.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  });
  socket.setTimeout(timeoutMs, () => resolve('no answer'));
  socket.once('connect', () => resolve(undefined));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
  return promise.finally(() => socket.destroy());
}
