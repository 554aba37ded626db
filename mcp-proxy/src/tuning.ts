/** What the bridge does by the clock and by size, apart from its settings; tests make it faster. */
export interface Tuning {
  /** After the end of its input a child may take this long before SIGTERM. */
  readonly endOfInputMs: number;
  /** After SIGTERM a child may take this long before SIGKILL. */
  readonly terminateMs: number;
  /** Silence on an open event stream before a heartbeat. */
  readonly heartbeatMs: number;
  /** A stream whose reader takes nothing for so long is dropped. */
  readonly stallMs: number;
  /** Unsent bytes of one child's answers before its output is left unread. */
  readonly maxUnsentBytes: number;
  /** The same for a child that several clients share. */
  readonly maxSharedUnsentBytes: number;
  /** How long the slow readers of a shared child may keep others waiting before they are dropped. */
  readonly patienceMs: number;
  /** Silence after `server/discover` before the same child is asked to `initialize` as well. */
  readonly discoverSilenceMs: number;
  /** First pause before a failed start is tried again; doubles up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** How long a remote server may take to accept a connection before it counts as away. */
  readonly connectMs: number;
  /** How long the list of a modern child's tools is believed. */
  readonly toolListMs: number;
}

/** As it runs in production. */
export const tuning: Tuning = {
  endOfInputMs: 2000,
  terminateMs: 2000,
  heartbeatMs: 15_000,
  stallMs: 30_000,
  maxUnsentBytes: 8 * 1024 * 1024,
  maxSharedUnsentBytes: 32 * 1024 * 1024,
  patienceMs: 1000,
  discoverSilenceMs: 5000,
  backoffMs: 1000,
  maxBackoffMs: 30_000,
  connectMs: 5000,
  toolListMs: 60_000,
};
