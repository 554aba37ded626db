import { createContext, Script } from 'node:vm';

const context = createContext({ run: undefined as unknown });
const script = new Script('run()');

/**
 * Runs `work` for `ms` at the most: a regular expression or a loop that takes longer is broken off and this throws. The
 * work is our own code; the only way to break it off is to call it by way of the module that has a timeout.
 */
export function boundedRun<T>(ms: number, work: () => T): T {
  const outcome: { result?: T } = {};
  context.run = () => {
    outcome.result = work();
  };
  try {
    script.runInContext(context, { timeout: ms });
  } finally {
    context.run = undefined;
  }
  return outcome.result as T; // the work has ended, or the line above has thrown
}

/** True for the error of work that was broken off. */
export function wasBrokenOff(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
