import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What is asked when metrics are read. */
export interface MetricSources {
  readonly storeHealthy: () => boolean;
  readonly tools: () => number;
  readonly adapters: () => number;
  readonly sessions: () => number;
  readonly adapterSessions: () => number;
  readonly watchers: () => number;
}

/** One call of a tool that has ended. */
interface EndedCall {
  readonly kind: 'registered' | 'adapter';
  readonly failed: boolean;
  readonly seconds: number;
}

export interface RouterMetrics {
  readonly called: (call: EndedCall) => void;
  /** The Prometheus text format. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600];

const GAUGES = {
  tools: ['mcp_router_tools', 'Registered tools'],
  adapters: ['mcp_router_adapters', 'Adapters that offer their tools at the router'],
  sessions: ['mcp_router_sessions', 'Sessions of clients'],
  adapterSessions: ['mcp_router_adapter_sessions', 'Sessions with adapters'],
  watchers: ['mcp_router_watchers', 'Sessions and streams that are told of changes'],
} as const;

/** Metrics in a registry of their own, process metrics among them. */
export function routerMetrics(sources: MetricSources): RouterMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  for (const key of Object.keys(GAUGES) as (keyof typeof GAUGES)[]) {
    const [name, help] = GAUGES[key];
    gauge(name, help, sources[key]);
  }
  gauge('mcp_router_store_healthy', '1 while the last reading of the store succeeded', () =>
    sources.storeHealthy() ? 1 : 0,
  );
  const calls = new Histogram({
    name: 'mcp_router_tool_call_seconds',
    help: 'Calls of tools',
    labelNames: ['kind', 'outcome'] as const,
    buckets: SECONDS,
    registers,
  });
  return {
    called: ({ kind, failed, seconds }) =>
      calls.observe({ kind, outcome: failed ? 'failed' : 'done' }, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
