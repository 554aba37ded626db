import type { ServerResponse } from 'node:http';

/** Watches what one child's readers have not taken yet. */
export interface Outflow {
  /** To be called after each write. */
  readonly wrote: (response: ServerResponse) => void;
}

export interface OutflowOptions {
  readonly maxUnsentBytes: number;
  readonly stallMs: number;
  /** Called when too much is unsent, and when it is not any more. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Told of each reader that is dropped. */
  readonly dropped: () => void;
  /** For a child with several clients: how long slow readers may hold it back while others wait for it. */
  readonly patience?: Patience;
}

/** Others come before a slow reader. */
interface Patience {
  readonly ms: number;
  readonly othersWait: () => boolean;
}

/** Less than this is the business of the socket's own buffer. */
const WORTH_WATCHING = 64 * 1024;
/** Most of what the kernel does not take at once it takes soon; watching costs more than the whole call. */
const SOON_MS = 10;

/**
 * Stops reading from a child whose readers are slow, and drops a reader that takes nothing at all, or that others have
 * to wait for.
 */
export function createOutflow(options: OutflowOptions): Outflow {
  const { maxUnsentBytes, patience } = options;
  const slow = new Set<ServerResponse>();
  let impatience: NodeJS.Timeout | undefined;
  let paused = false;

  const drop = (response: ServerResponse): void => {
    options.dropped();
    response.destroy();
  };
  const loseInterest = (): void => {
    impatience = undefined;
    if (!paused) return;
    if (patience?.othersWait()) slow.forEach(drop);
    else beImpatient();
  };
  const beImpatient = (): void => {
    if (patience) impatience ??= setTimeout(loseInterest, patience.ms).unref();
  };
  const weigh = (): void => {
    let unsent = 0;
    for (const response of slow) unsent += response.writableLength;
    if (unsent > maxUnsentBytes === paused) return;
    paused = !paused;
    if (paused) {
      options.pause();
      beImpatient();
    } else {
      clearTimeout(impatience);
      impatience = undefined;
      options.resume();
    }
  };
  const watch = (response: ServerResponse): void => {
    slow.add(response);
    const drained = (): void => {
      if (response.writableLength <= WORTH_WATCHING) slow.delete(response);
      weigh();
    };
    if (response.listenerCount('drain') > 0) return;
    response.on('drain', drained);
    response.on('finish', drained);
    response.once('close', () => {
      slow.delete(response);
      weigh();
    });
    // Node asks the kernel whether any byte of a long write has gone before it reports a timeout.
    response.setTimeout(options.stallMs, () => {
      if (response.writableLength > 0) drop(response);
    });
  };
  const look = (written: readonly ServerResponse[]): void => {
    for (const response of written) {
      if (response.destroyed || slow.has(response)) continue;
      if (response.writableLength > WORTH_WATCHING) watch(response);
    }
    weigh();
  };
  return { wrote: gatherer(maxUnsentBytes / 2, look) };
}

/** Has the large writes looked at a little later, or at once when they are `maxBytes` together. */
function gatherer(
  maxBytes: number,
  look: (written: readonly ServerResponse[]) => void,
): Outflow['wrote'] {
  let written: ServerResponse[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const all = written;
    written = [];
    bytes = 0;
    look(all);
  };
  return (response) => {
    const { writableLength } = response;
    if (writableLength <= WORTH_WATCHING) return;
    written.push(response);
    bytes += writableLength;
    if (bytes > maxBytes) flush();
    else timer ??= setTimeout(flush, SOON_MS);
  };
}
