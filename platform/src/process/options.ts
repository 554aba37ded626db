import type { Log } from '@mcp-gateway/core/ports/log';
import type { ImageCatalogue } from './images.ts';

/** Durations, in milliseconds, that tests shorten. */
export interface Timings {
  /** First pause before a replica that ended is started again; doubles up to `backOffMaximum`. */
  readonly backOff: number;
  readonly backOffMaximum: number;
  /** Ready for this long, a replica is forgiven its earlier ends. */
  readonly forgiveAfter: number;
  readonly probeStarting: number;
  readonly probeReady: number;
  readonly probeTimeout: number;
  /** How long a replica that is to go keeps its sessions before it is told to end. */
  readonly drain: number;
  /** Between TERM and KILL. */
  readonly grace: number;
  /** How often changes by other gateways are looked for. */
  readonly poll: number;
  /** How often adopted replicas, and the supervisor, are looked at. */
  readonly watch: number;
  /** A supervisor without a sign of life for this long is replaced. */
  readonly supervisorSilence: number;
}

export const DEFAULT_TIMINGS: Timings = {
  backOff: 1_000,
  backOffMaximum: 60_000,
  forgiveAfter: 60_000,
  probeStarting: 100,
  probeReady: 1_000,
  probeTimeout: 2_000,
  drain: 1_000,
  grace: 10_000,
  poll: 100,
  watch: 200,
  supervisorSilence: 15_000,
};

/** What the orchestrator of one machine needs. */
export interface ProcessOrchestratorOptions {
  /** Folder of all state; gateways with the same folder share their replicas. */
  readonly dataDir: string;
  readonly images: ImageCatalogue;
  /** What replicas inherit, see `inheritedEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly timings?: Partial<Timings>;
  /** Size at which a replica's log is cut; at most twice this is kept. */
  readonly logBytes?: number;
}
