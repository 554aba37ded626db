import { setTimeout as sleep } from 'node:timers/promises';
import { isGatewayError } from '@mcp-gateway/core/domain/errors';
import type { Log } from '@mcp-gateway/core/ports/log';
import { mayPass, toGatewayError, troubleOf } from './trouble.ts';
import type { Trouble } from './trouble.ts';

const MAX_ATTEMPTS = 10;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

export interface Attempt {
  readonly signal: AbortSignal;
  /** An earlier attempt may have been applied although its answer never came. */
  readonly repeated: boolean;
}

export interface AttemptOptions {
  readonly log: Log;
  /** For one operation with all its attempts and waits. */
  readonly timeoutMs: number;
}

/** Runs one operation until it ends or the time is up; what cannot be mended becomes a `GatewayError`. */
export type Attempts = <R>(operation: string, act: (attempt: Attempt) => Promise<R>) => Promise<R>;

/** Repeats what may pass, after the wait that the server asks for or a growing one of ours. */
export function attempts({ log, timeoutMs }: AttemptOptions, fields: object = {}): Attempts {
  return async (operation, act) => {
    const begun = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    for (let number = 1, repeated = false; ; number++) {
      try {
        return await act({ signal, repeated });
      } catch (error) {
        if (isGatewayError(error)) throw error;
        const trouble = troubleOf(error);
        repeated ||= trouble.kind === 'uncertain';
        const waitMs = waitFor(trouble, number);
        const leftMs = timeoutMs - (performance.now() - begun);
        const again = mayPass(trouble) && number < MAX_ATTEMPTS && waitMs < leftMs;
        const told = { ...fields, operation, attempt: number, ...trouble };
        if (!again) {
          log.warn(told, 'store operation failed');
          throw toGatewayError(trouble, operation, repeated && !/^(get|list|read)/.test(operation));
        }
        log.debug({ ...told, waitMs }, 'store operation is tried again');
        await sleep(waitMs);
      }
    }
  };
}

function waitFor({ retryAfterMs }: Trouble, number: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** number);
  return longest * (0.5 + Math.random() / 2);
}
