import { once } from 'node:events';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { DataPlane } from './proxy/data-plane.ts';
import type { Listener } from './server.ts';
import type { RouterLink } from './tool-router.ts';

export interface Running {
  readonly listeners: readonly Listener[];
  readonly dataPlane: Pick<DataPlane, 'drain'>;
  /** Where the tool router calls back. */
  readonly link?: Pick<RouterLink, 'leave' | 'drain'> | undefined;
  readonly drainSeconds: number;
  /** Readiness and followed logs heed it. */
  readonly stopping: AbortController;
  /** Ends what is behind the listeners, in this order. */
  readonly closing: readonly (() => unknown)[];
  readonly log: Log;
}

/** For so long clients that use their connections are told to come on others. */
const LEAVE_MS = 500;

/** Ends a gateway in order: not ready, clients told, no new connections, open requests get their time, then everything is closed. */
export async function shutDown(running: Running): Promise<void> {
  const { listeners, dataPlane, link, drainSeconds, stopping, closing, log } = running;
  stopping.abort();
  await Promise.all([...listeners, ...(link ? [link] : [])].map((port) => port.leave(LEAVE_MS)));
  const closed = Promise.all(listeners.map((listener) => listener.close()));
  const deadline = AbortSignal.timeout(drainSeconds * 1000);
  await dataPlane.drain(deadline);
  if (!deadline.aborted) await Promise.race([closed, once(deadline, 'abort')]);
  for (const listener of listeners) listener.cut();
  await closed;
  // Calls of our own clients come back this way, so it closes after theirs have ended.
  await link?.drain(deadline);
  await closeInOrder(closing, log);
}

/** Closes one part after the other; one that fails keeps none of the others open. */
export async function closeInOrder(closing: readonly (() => unknown)[], log: Log): Promise<void> {
  for (const close of closing) {
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'a part did not close');
    }
  }
}
