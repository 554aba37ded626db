import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Log } from '@mcp-gateway/core/ports/log';

/** Durations, in milliseconds, that tests shorten. */
export interface Timings {
  /** First pause before a replica that ended is started again; doubles up to `backOffMaximum`. */
  readonly backOff: number;
  readonly backOffMaximum: number;
  /** Having run for this long, a replica is forgiven its earlier ends. */
  readonly forgiveAfter: number;
  readonly probeStarting: number;
  readonly probeReady: number;
  readonly probeTimeout: number;
  /** How long a replica that is replaced or too many keeps its sessions before it is told to end. */
  readonly drain: number;
  /** Between TERM and KILL, in whole seconds as the engine counts them. */
  readonly grace: number;
  /** How often changes by other gateways are looked for. */
  readonly poll: number;
  /** How often everything is looked at even though the engine told of no change. */
  readonly resync: number;
}

export const DEFAULT_TIMINGS: Timings = {
  backOff: 1_000,
  backOffMaximum: 60_000,
  forgiveAfter: 60_000,
  probeStarting: 100,
  probeReady: 2_000,
  probeTimeout: 2_000,
  drain: 1_000,
  grace: 10_000,
  poll: 250,
  resync: 30_000,
};

/** What the orchestrator on a Docker engine needs. */
export interface DockerOrchestratorOptions {
  /** As the docker command takes it, such as `unix:///run/docker.sock`; the usual socket when absent. */
  readonly dockerHost?: string | undefined;
  /** Folder of all state; gateways with the same folder share their replicas. */
  readonly dataDir: string;
  /** Put in front of every image name, such as `contoso.azurecr.io`. */
  readonly registry?: string;
  /** The values of the workload's secret variables; throws an error that its owner may read when one is missing. */
  readonly secrets: (workload: Workload) => Readonly<Record<string, string>>;
  readonly log: Log;
  readonly timings?: Partial<Timings>;
}
