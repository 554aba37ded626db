import { GatewaySettings } from '@mcp-gateway/core/domain/settings/gateway-settings';

type Overrides = Readonly<Record<string, string>>;

/** How long the edge waits: for the next byte of an answer, for a connection that says nothing, for requests of a replica that leaves. */
export const EDGE_SECONDS = {
  /** Between two bytes of an answer, and until the first. */
  answer: 3600,
  /** A connection of a client on which nothing moves. */
  idleConnection: 1800,
  /** The same of a connection from the edge to the gateway, at the load balancer between them. */
  idleBalancer: 1800,
  /** Requests on their way to what is no longer in the pool. */
  drain: 60,
} as const;

/** What Azure allows each of them to be. */
export const EDGE_LIMITS = {
  answer: [1, 86_400],
  idleConnection: [240, 1800],
  idleBalancer: [240, 1800],
  drain: [1, 3600],
} as const satisfies Record<keyof typeof EDGE_SECONDS, readonly [number, number]>;

/** Silence of this many heartbeats must not yet cut a stream: one may be late, and one lost. */
const SPARE_HEARTBEATS = 3;

/** Where the gateway's patience does not fit the edge's, as `gatewaySettings.NAME: what to do`. */
export function edgeMistakes(overrides: Overrides): string[] {
  const heartbeat = secondsOf('HEARTBEAT_SECONDS', overrides);
  const answer = secondsOf('ANSWER_TIMEOUT_SECONDS', overrides);
  const mistakes: string[] = [];
  const { answer: edge, idleConnection, idleBalancer } = EDGE_SECONDS;
  const longest = Math.min(edge, idleConnection, idleBalancer);
  if (heartbeat * SPARE_HEARTBEATS > longest) {
    mistakes.push(`HEARTBEAT_SECONDS: must be at most ${longest / SPARE_HEARTBEATS}, or the edge cuts streams`); // prettier-ignore
  }
  if (answer >= longest) {
    mistakes.push(`ANSWER_TIMEOUT_SECONDS: must be below ${longest}, or the edge gives up first`); // prettier-ignore
  }
  return mistakes.map((mistake) => `gatewaySettings.${mistake}`);
}

function secondsOf(name: 'HEARTBEAT_SECONDS' | 'ANSWER_TIMEOUT_SECONDS', given: Overrides): number {
  const { data } = GatewaySettings.shape[name].safeParse(given[name]);
  return data ?? 0; // a value that is no number has been named already
}
