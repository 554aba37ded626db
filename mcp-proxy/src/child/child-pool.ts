import type { Log } from '@mcp-gateway/core/ports/log';
import type { Tuning } from '../tuning.ts';
import type { Child } from './child.ts';
import { createSpares } from './spares.ts';

/** All children of the bridge, never more than allowed, some of them warm and waiting. */
export interface ChildPool {
  /** A warm child or a fresh one, nobody's yet; `undefined` when there are as many as allowed. */
  readonly take: () => Child | undefined;
  /** The same, and where all places are taken by then, the next that a child leaves which is on its way out. */
  readonly takeSoon: () => Promise<Child | undefined>;
  /** Whether spares are kept; those that wait are ended when not. */
  readonly keepSpares: (keeping: boolean) => void;
  readonly size: () => number;
  /** Ends all children and starts no other. */
  readonly endAll: () => Promise<void>;
  readonly killAll: () => void;
}

export interface ChildPoolOptions {
  readonly start: () => Child;
  /** Told of each child. */
  readonly started: (child: Child) => void;
  readonly spares: number;
  readonly max: number;
  readonly tuning: Tuning;
  readonly log: Log;
}

/** A pool that starts its children with `start`. */
export function childPool(options: ChildPoolOptions): ChildPool {
  const { start, started, max, log } = options;
  const all = new Set<Child>();
  let closed = false;

  const begin = (): Child | undefined => {
    if (closed || all.size >= max) return undefined;
    try {
      const child = start();
      all.add(child);
      started(child);
      void child.gone.then(() => {
        all.delete(child);
        spares.refill();
      });
      return child;
    } catch (error) {
      log.error({ error }, 'no child could be started');
      return undefined;
    }
  };
  const spares = createSpares(begin, options.spares, options.tuning);
  const take = (): Child | undefined => {
    const child = spares.take() ?? begin();
    spares.refill();
    return child;
  };
  const takeSoon = async (): Promise<Child | undefined> => {
    const child = take();
    const leaving = [...all].filter((each) => each.ending()).map(({ gone }) => gone);
    if (child !== undefined || leaving.length === 0) return child;
    await Promise.race(leaving);
    return takeSoon();
  };

  return {
    take,
    takeSoon,
    keepSpares: spares.keep,
    size: () => all.size,
    endAll: async () => {
      closed = true;
      spares.keep(false);
      await Promise.all([...all].map((child) => child.end()));
    },
    killAll: () => {
      for (const child of all) child.kill();
    },
  };
}
