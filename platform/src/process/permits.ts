/** Lets a bounded number through at a time, in the order in which they came. */
export interface Permits {
  /** Resolves to the function that gives the permit back (once), or rejects when the signal is aborted first. */
  acquire: (signal: AbortSignal) => Promise<() => void>;
}

/** Permits for `count` at a time. */
export function permits(count: number): Permits {
  let free = count;
  const queue = new Set<() => void>();
  const giveBack = () => {
    free++;
    const [next] = queue;
    next?.();
  };
  const take = () => {
    free--;
    let held = true;
    return () => {
      if (held) giveBack();
      held = false;
    };
  };
  return {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (free > 0) {
          resolve(take());
          return;
        }
        const leave = () => {
          queue.delete(enter);
          signal.removeEventListener('abort', abort);
        };
        const enter = () => {
          leave();
          resolve(take());
        };
        const abort = () => {
          leave();
          reject(signal.reason as Error); // whatever the caller gave its signal
        };
        queue.add(enter);
        signal.addEventListener('abort', abort);
      }),
  };
}
