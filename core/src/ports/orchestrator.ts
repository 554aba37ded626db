import type { WorkloadId } from '../domain/naming.ts';
import type { Workload, WorkloadStatus } from '../domain/workload.ts';

/** A ready replica that takes new sessions, unless it is `draining` and takes only those that it has. */
export interface Endpoint {
  /** The replica's stable name, such as `adapter-weather-0`. */
  readonly instance: string;
  /** Of this incarnation of the replica; a restarted one has another. */
  readonly uid: string;
  /** Such as `http://127.0.0.1:41234`, without a path. */
  readonly origin: string;
  readonly draining: boolean;
}

export interface LogOptions {
  /** Ordinal of the replica. */
  readonly instance: number;
  /** Last lines to begin with. */
  readonly tail: number;
  readonly sinceSeconds?: number;
  /** The log of the run before the last restart. */
  readonly previous: boolean;
  /** Stay and deliver what is written from now on, until the signal is aborted or the workload is removed. */
  readonly follow: boolean;
}

/** Runs workloads. Applying and removing are idempotent; errors are `GatewayError`s. */
export interface Orchestrator {
  /** Throws `invalid_request` for what this platform can never run, such as an unknown image; changes nothing. */
  check: (workload: Workload) => Promise<void>;
  /** Makes the platform run exactly this; resolves when that is accepted, not when replicas are ready. */
  apply: (workload: Workload) => Promise<void>;
  /** Resolves when no replica is left; removing what is not there succeeds. */
  remove: (id: WorkloadId) => Promise<void>;
  /** Everything that this platform holds for us, for repair of what a crash left behind. */
  list: () => Promise<readonly WorkloadId[]>;
  /** Never fails because the workload is missing. */
  status: (id: WorkloadId) => Promise<WorkloadStatus>;
  /** Text as the replica wrote it; throws `not_found` for an unknown instance. */
  logs: (
    id: WorkloadId,
    options: LogOptions,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<string>>;
  readonly endpoints: Endpoints;
}

/** The live view of where workloads can be reached; never asks anybody, so it costs a request nothing. */
export interface Endpoints {
  /** Ready replicas and draining ones, as last seen. */
  of: (id: WorkloadId) => readonly Endpoint[];
  /** Resolves at the next change of this workload's endpoints, or rejects with the signal's reason. */
  changed: (id: WorkloadId, signal: AbortSignal) => Promise<void>;
}
