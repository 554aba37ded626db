import { bag } from '@mcp-gateway/core/domain/bag';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Call } from './call.ts';
import { labelOf, type Destination } from './destination.ts';
import type { DataPlaneMetrics } from './data-plane-metrics.ts';

const METHODS: ReadonlySet<string> = new Set(['POST', 'GET', 'DELETE', 'HEAD', 'PUT', 'PATCH', 'OPTIONS']); // prettier-ignore

/** The calls that are open, and what is told of each when it ends. */
export interface CallLedger {
  open: (call: Call) => void;
  close: (call: Call) => void;
  streamOpened: (call: Call, adapter: Destination) => void;
  size: () => number;
  items: () => readonly Call[];
  draining: () => boolean;
  /** From now on `draining`; resolves when no call is open. */
  drain: () => Promise<void>;
  /** Cuts the connections of all open calls. */
  cut: () => void;
}

/** An empty ledger that reports to metrics and log. */
export function ledger(metrics: DataPlaneMetrics, log: Log): CallLedger {
  const calls = bag<Call>();
  const waiting: (() => void)[] = [];
  let draining = false;

  return {
    open: calls.add,
    close(call) {
      calls.remove(call);
      report(call, metrics, log);
      if (calls.size() === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    streamOpened(call, adapter) {
      call.streaming = true;
      metrics.openStreamsChanged(labelOf(adapter), 1);
    },
    size: calls.size,
    items: calls.items,
    draining: () => draining,
    drain() {
      draining = true;
      if (calls.size() === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    cut() {
      if (calls.size() > 0) log.warn({ open: calls.size() }, 'open requests cut');
      for (const { request } of calls.items()) request.socket.destroy();
    },
  };
}

function report(call: Call, metrics: DataPlaneMetrics, log: Log): void {
  const { request, requestId, status, outcome, replica, principal } = call;
  const adapter = call.adapter === undefined ? '' : labelOf(call.adapter);
  const given = request.method ?? '';
  const method = METHODS.has(given) ? given : 'OTHER';
  const durationSeconds = (performance.now() - call.startedAt) / 1000;
  if (call.streaming) metrics.openStreamsChanged(adapter, -1);
  metrics.requestFinished({ adapter, method, status, outcome, durationSeconds });
  const durationMs = Math.round(durationSeconds * 1e6) / 1e3;
  log.info(
    { requestId, adapter, method, status, outcome, ended: call.ending?.reason, durationMs, replica: replica?.instance, principal: principal?.id }, // prettier-ignore
    'request finished',
  );
}
