/** Those who wait for one thing that may come, fail, and come again. */
export interface Gate<T> {
  readonly wait: () => Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: Error) => void;
}

/** A gate at which nobody waits. */
export function createGate<T>(): Gate<T> {
  let waiters: PromiseWithResolvers<T>[] = [];
  const settle = (finish: (waiter: PromiseWithResolvers<T>) => void): void => {
    const settled = waiters;
    waiters = [];
    settled.forEach(finish);
  };
  return {
    wait: () => {
      const waiter = Promise.withResolvers<T>();
      waiters.push(waiter);
      return waiter.promise;
    },
    open: (value) => settle((waiter) => waiter.resolve(value)),
    fail: (error) => settle((waiter) => waiter.reject(error)),
  };
}
