/** Runs work on objects: one pass at a time for each object, and never one lost. */
export interface Passes {
  /** Sees to it that a pass of the object begins from now on. */
  wake: (object: string, inMs?: number) => void;
  /** Resolves when a pass that began after this call has ended. */
  settle: (object: string) => Promise<void>;
  /** Begins no further pass, and resolves when the running ones have ended. */
  stop: () => Promise<void>;
}

/** `run` must not reject. */
export function passes(run: (object: string) => Promise<void>): Passes {
  const next = new Map<string, Promise<void>>();
  const running = new Map<string, Promise<void>>();
  const timers = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  const begin = async (object: string, before: Promise<void> | undefined): Promise<void> => {
    await before;
    next.delete(object);
    if (stopped) return;
    const pass = run(object);
    running.set(object, pass);
    await pass;
    if (running.get(object) === pass) running.delete(object);
  };
  const settle = (object: string): Promise<void> => {
    const waiting = next.get(object);
    if (waiting) return waiting;
    const pass = begin(object, running.get(object));
    next.set(object, pass);
    return pass;
  };
  return {
    settle,
    wake: (object, inMs = 0) => {
      clearTimeout(timers.get(object));
      timers.delete(object);
      if (inMs <= 0) void settle(object);
      else {
        const timer = setTimeout(() => {
          timers.delete(object);
          void settle(object);
        }, inMs).unref();
        timers.set(object, timer);
      }
    },
    stop: async () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all([...running.values(), ...next.values()]);
    },
  };
}
