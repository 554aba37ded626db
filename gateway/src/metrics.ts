import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Resource } from '@mcp-gateway/core/domain/resource';
import type { AuditEvent } from '@mcp-gateway/core/ports/audit';
import type { Endpoints } from '@mcp-gateway/core/ports/orchestrator';
import type { RefreshedDirectory } from '@mcp-gateway/core/ports/resource-directory';
import type { DataPlaneMetrics } from './proxy/data-plane-metrics.ts';
import type { ReconcileResult } from './actions/reconciler.ts';

/** Beyond so many names of a kind the rest share one label or have none, so that the number of series stays bounded. */
const MAX_NAME_LABELS = 500;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600];

/** One answered request of the control plane; `route` is its template. */
interface AnsweredRequest {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface HttpMetrics {
  requestAnswered: (request: AnsweredRequest) => void;
}

/** What is asked when metrics are read. */
export interface MetricSources {
  readonly directories: Readonly<Record<ResourceKind, Directory>>;
  readonly endpoints: Endpoints;
  /** Events of the audit that could not be kept; absent where there is no audit. */
  readonly auditLost?: (() => number) | undefined;
}
type Directory = Pick<RefreshedDirectory<Resource>, 'all' | 'healthy' | 'unreadable'>;

export interface GatewayMetrics extends HttpMetrics, DataPlaneMetrics {
  reconciled: (kind: ResourceKind, result: ReconcileResult | 'failed') => void;
  /** An event went to the audit. */
  audited: (outcome: AuditEvent['outcome']) => void;
  /** The Prometheus text format. */
  text: () => Promise<string>;
  readonly contentType: string;
}

/** Metrics in a registry of their own, process metrics among them. */
export function gatewayMetrics(sources: MetricSources): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  observeSources(registry, sources);
  return {
    ...httpMetrics(registry),
    ...dataPlaneMetrics(registry),
    reconciled: reconcilerMetrics(registry),
    audited: auditMetrics(registry, sources),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function httpMetrics(registry: Registry): HttpMetrics {
  const labelNames = ['route', 'method', 'status'] as const;
  const requests = new Histogram({
    name: 'mcp_gateway_http_request_seconds',
    help: 'Requests of the control plane',
    labelNames,
    buckets: SECONDS,
    registers: [registry],
  });
  return {
    requestAnswered: ({ route, method, status, seconds }) =>
      requests.observe({ route, method: METHODS.has(method) ? method : 'OTHER', status }, seconds),
  };
}

function dataPlaneMetrics(registry: Registry): DataPlaneMetrics {
  const label = boundedLabel(MAX_NAME_LABELS);
  const requests = new Counter({
    name: 'mcp_gateway_mcp_requests_total',
    help: 'Requests on MCP paths',
    labelNames: ['adapter', 'method', 'status', 'outcome'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'mcp_gateway_mcp_request_seconds',
    help: 'Requests on MCP paths, streams included',
    labelNames: ['method', 'outcome'] as const,
    buckets: SECONDS,
    registers: [registry],
  });
  const streams = new Gauge({
    name: 'mcp_gateway_mcp_open_streams',
    help: 'Event streams open to clients',
    labelNames: ['adapter'] as const,
    registers: [registry],
  });
  return {
    ...refusalMetrics(registry),
    requestFinished: ({ adapter, method, status, outcome, durationSeconds }) => {
      requests.inc({ adapter: label(adapter), method, status: statusClass(status), outcome });
      durations.observe({ method, outcome }, durationSeconds);
    },
    openStreamsChanged: (adapter, change) => streams.inc({ adapter: label(adapter) }, change),
  };
}

function refusalMetrics(registry: Registry): Pick<DataPlaneMetrics, 'limited' | 'ended'> {
  const limited = new Counter({
    name: 'mcp_gateway_mcp_limited_total',
    help: 'Requests refused with 429, by the setting whose limit was reached',
    labelNames: ['limit'] as const,
    registers: [registry],
  });
  const ended = new Counter({
    name: 'mcp_gateway_mcp_ended_total',
    help: 'Calls and streams that the gateway ended before their time',
    labelNames: ['reason'] as const,
    registers: [registry],
  });
  return {
    limited: (limit) => limited.inc({ limit }),
    ended: (reason) => ended.inc({ reason }),
  };
}

function auditMetrics(registry: Registry, { auditLost }: MetricSources) {
  const events = new Counter({
    name: 'mcp_gateway_audit_events_total',
    help: 'Events of the audit',
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  new Gauge({
    name: 'mcp_gateway_audit_lost_total',
    help: 'Events of the audit that could not be kept; the log says why',
    registers: [registry],
    collect() {
      this.set(auditLost?.() ?? 0);
    },
  });
  return (outcome: AuditEvent['outcome']): void => events.inc({ outcome });
}

function reconcilerMetrics(registry: Registry): GatewayMetrics['reconciled'] {
  const rounds = new Counter({
    name: 'mcp_gateway_reconcile_rounds_total',
    help: 'Rounds of repair',
    labelNames: ['kind', 'result'] as const,
    registers: [registry],
  });
  const failing = new Gauge({
    name: 'mcp_gateway_reconcile_failing_resources',
    help: 'Adapters and tools that the last round could not repair',
    labelNames: ['kind'] as const,
    registers: [registry],
  });
  return (kind, result) => {
    if (result !== 'failed') failing.set({ kind }, result.failed);
    const clean = result !== 'failed' && result.failed === 0;
    rounds.inc({ kind, result: result === 'failed' ? 'failed' : clean ? 'clean' : 'partial' });
  };
}

function observeSources(registry: Registry, { directories, endpoints }: MetricSources): void {
  const kinds = Object.entries(directories) as [ResourceKind, Directory][]; // a record's entries are its own
  const perKind = (name: string, help: string, value: (directory: Directory) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'] as const,
      registers: [registry],
      collect() {
        for (const [kind, directory] of kinds) this.set({ kind }, value(directory));
      },
    });
  perKind(
    'mcp_gateway_store_healthy',
    '1 while the last refresh from the store succeeded',
    (directory) => (directory.healthy() ? 1 : 0),
  );
  perKind(
    'mcp_gateway_unreadable_resources',
    'Stored adapters and tools that this program cannot read; the log names them',
    (directory) => directory.unreadable().length,
  );
  perKind(
    'mcp_gateway_resources',
    'Adapters and tools that are served',
    (directory) => directory.all().length,
  );
  new Gauge({
    name: 'mcp_gateway_replicas',
    help: 'Replicas that can be reached',
    labelNames: ['kind', 'name', 'state'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const [kind, directory] of kinds) {
        for (const { name } of directory.all().slice(0, MAX_NAME_LABELS)) {
          const replicas = endpoints.of({ kind, name });
          const draining = replicas.filter((replica) => replica.draining).length;
          this.set({ kind, name, state: 'ready' }, replicas.length - draining);
          this.set({ kind, name, state: 'draining' }, draining);
        }
      }
    },
  });
}

function boundedLabel(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= most) return 'other';
    seen.add(value);
    return value;
  };
}

const statusClass = (status: number): string =>
  status === 0 ? 'none' : `${Math.floor(status / 100)}xx`;
