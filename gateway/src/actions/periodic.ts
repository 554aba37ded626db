import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leadership } from '@mcp-gateway/core/ports/leadership';

/** A task that is done again and again until stopped. */
export interface Periodic {
  /** Resolves when a round that is running has ended; no other begins. */
  stop: () => Promise<void>;
}

/**
 * Does `task` at once and then after each pause, never two rounds at a time. Pauses vary by a fifth,
 * so that equal replicas do not act in step. `task` must not throw.
 */
export function periodically(
  pauseMs: number,
  task: (signal: AbortSignal) => Promise<void>,
): Periodic {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await task(signal);
      const jitter = 0.9 + Math.random() * 0.2;
      await sleep(pauseMs * jitter, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Has a task going whenever this process leads; always, where there is nobody to lead. */
export function whileLeading(leadership: Leadership | undefined, begin: () => Periodic): Periodic {
  if (leadership === undefined) return begin();
  const stopping = new AbortController();
  const led = leadership.lead(async (leading) => {
    const task = begin();
    if (!leading.aborted) await once(leading, 'abort');
    await task.stop();
  }, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await led;
    },
  };
}
