import type { Log } from '@mcp-gateway/core/ports/log';
import type { Child } from '../child/child.ts';
import type { Tuning } from '../tuning.ts';
import { createOutflow, type Outflow } from './outflow.ts';

/**
 * Holds back a child while its clients are slow; where several clients share it, not for long while one of them waits,
 * which `othersWait` tells.
 */
export function childOutflow(
  child: Child,
  { tuning, log }: { readonly tuning: Tuning; readonly log: Log },
  othersWait?: () => boolean,
): Outflow {
  return createOutflow({
    maxUnsentBytes: othersWait ? tuning.maxSharedUnsentBytes : tuning.maxUnsentBytes,
    stallMs: tuning.stallMs,
    pause: child.pause,
    resume: child.resume,
    dropped: () => log.warn({ pid: child.pid }, 'a client takes nothing; its stream is dropped'),
    ...(othersWait && { patience: { ms: tuning.patienceMs, othersWait } }),
  });
}
