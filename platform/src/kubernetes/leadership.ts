import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import type { Leadership } from '@mcp-gateway/core/ports/leadership';
import type { Log } from '@mcp-gateway/core/ports/log';
import { apiClient } from './api-client.ts';
import { clusterLease, type Lease } from './lease.ts';

export interface LeadershipOptions {
  readonly namespace: string;
  readonly name: string;
  /** Differs between replicas, such as the pod's name. */
  readonly holder: string;
  readonly log: Log;
  readonly config?: KubeConfig;
  /** For so long nobody leads after the leader has died. */
  readonly durationSeconds?: number;
}

interface Pace {
  readonly renewMs: number;
  /** A leader that could not renew for so long stops; less than the lease's duration, so that two never lead. */
  readonly giveUpMs: number;
}

/** Leadership by a Lease object of the cluster. */
export function leaseLeadership(
  options: LeadershipOptions,
): Leadership & { close: () => Promise<void> } {
  const { namespace, name, holder, log, durationSeconds = 15 } = options;
  const api = apiClient(options.config ?? defaultConfig());
  const lease = clusterLease({ api, namespace, name, holder, durationSeconds });
  const pace = { renewMs: durationSeconds * 200, giveUpMs: durationSeconds * 667 };
  return {
    lead: async (work, signal) => {
      const ended = new AbortController();
      while (!signal.aborted && !ended.signal.aborted) {
        if (await tried(lease, pace, signal)) {
          log.info({ lease: name, holder }, 'leading');
          await held(lease, pace, signal, async (leading) => {
            await work(leading);
            if (!leading.aborted) ended.abort();
          });
          log.info({ lease: name, holder }, 'no longer leading');
        } else {
          await rest(pace.renewMs, signal);
        }
      }
    },
    close: api.close,
  };
}

/** Does the work while the lease is held, and gives the lease back when it is over. */
async function held(
  lease: Lease,
  pace: Pace,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const lost = new AbortController();
  const renewing = renew(lease, pace, AbortSignal.any([signal, over.signal])).then(() =>
    lost.abort(),
  );
  try {
    await work(lost.signal);
  } finally {
    over.abort();
    await renewing;
    await lease.release(AbortSignal.timeout(pace.renewMs)).catch(() => undefined);
  }
}

/** Renews until the signal is aborted, somebody else has the lease, or nothing was heard for too long. */
async function renew(
  lease: Lease,
  { renewMs, giveUpMs }: Pace,
  signal: AbortSignal,
): Promise<void> {
  let renewedAt = performance.now();
  while (!signal.aborted) {
    await rest(renewMs, signal);
    const askedAt = performance.now();
    const left = renewedAt + giveUpMs - askedAt;
    if (left <= 0) return;
    const deadline = AbortSignal.any([
      signal,
      AbortSignal.timeout(Math.ceil(Math.min(left, renewMs * 2))),
    ]);
    const answer = await lease.take(deadline).catch(() => undefined);
    if (answer === false) return;
    if (answer) renewedAt = askedAt;
  }
}

async function tried(lease: Lease, { renewMs }: Pace, signal: AbortSignal): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(renewMs * 2)]);
  return lease.take(deadline).catch(() => false);
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  const jitter = 0.9 + Math.random() / 5;
  await sleep(milliseconds * jitter, undefined, { signal }).catch(() => undefined);
}

function defaultConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}
