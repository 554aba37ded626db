import pino, { type Logger } from 'pino';
import type { RouterSettings } from '@mcp-gateway/core/domain/settings/router-settings';

const FLUSH_MS = 500;

/** The log of this process, JSON lines on stdout, and how what is buffered gets out before an exit. */
export interface ProcessLog {
  readonly log: Logger;
  /** Resolves when it is out, or after a moment in which nobody has read it. */
  readonly flush: () => Promise<void>;
}

/** Writes behind the back of requests; a reader that has gone does not end the service. */
export function processLog(level: RouterSettings['LOG_LEVEL']): ProcessLog {
  const destination = pino.destination({ dest: 1, sync: false });
  destination.on('error', () => undefined);
  const log = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
  return {
    log,
    // Not flushSync, which tries for ever when nobody reads stdout any more.
    flush: () =>
      new Promise((resolve) => {
        setTimeout(resolve, FLUSH_MS);
        destination.flush(() => resolve());
      }),
  };
}
