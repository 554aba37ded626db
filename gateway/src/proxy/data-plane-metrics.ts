/** What became of a request on an MCP path; a closed set, so that it can be a label. */
export type RequestOutcome =
  | 'answered'
  | 'rejected'
  | 'unavailable'
  | 'refused'
  | 'failed'
  | 'broken'
  | 'timeout'
  | 'redirected'
  | 'too_large'
  | 'gone'
  | 'cut'
  | 'ended'
  | 'unreadable'
  | 'error';

/** One finished request on an MCP path. */
export interface FinishedRequest {
  /** Name of the adapter, or empty where the request named none that exists. */
  readonly adapter: string;
  /** The HTTP method if it is one of the usual ones, else `OTHER`, so that callers cannot invent labels. */
  readonly method: string;
  /** What the client was sent; 0 when it left before an answer. */
  readonly status: number;
  readonly outcome: RequestOutcome;
  readonly durationSeconds: number;
}

/** What the data plane tells of itself; calls are cheap and never throw. */
export interface DataPlaneMetrics {
  requestFinished: (request: FinishedRequest) => void;
  /** Event streams open to clients rose or fell by one. */
  openStreamsChanged: (adapter: string, change: 1 | -1) => void;
  /** A request was refused by the limit of this name, which is a setting's. */
  limited: (limit: string) => void;
  /** A request or stream was ended before its time. */
  ended: (reason: EndReason) => void;
}

/** Why the gateway ends what is open. */
export type EndReason = 'expired' | 'forbidden' | 'disabled' | 'deleted' | 'rules';
