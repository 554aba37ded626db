/** Wakes those who wait for the next change of something, by key. */
export interface Bells {
  readonly ring: (key: string) => void;
  /** Resolves at the next ring, or rejects with the signal's reason. */
  readonly heard: (key: string, signal: AbortSignal) => Promise<void>;
}

/** Bells that nobody waits for yet. */
export function bells(): Bells {
  const waiting = new Map<string, Set<() => void>>();

  function forget(key: string, wake: () => void): void {
    const others = waiting.get(key);
    others?.delete(wake);
    if (others?.size === 0) waiting.delete(key);
  }

  return {
    ring: (key) => {
      const awake = waiting.get(key) ?? [];
      waiting.delete(key);
      for (const wake of awake) wake();
    },
    heard: (key, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const wake = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(undefined);
      };
      const giveUp = (): void => {
        forget(key, wake);
        reject(signal.reason as Error); // the promise is the signal's reason, whatever it is
      };
      if (signal.aborted) giveUp();
      else {
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.set(key, (waiting.get(key) ?? new Set()).add(wake));
      }
      return promise;
    },
  };
}
