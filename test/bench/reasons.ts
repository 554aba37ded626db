const RELAY_CPU =
  'nginx is a proxy in C of about 20 µs a call; a relay of node:http alone, without any check, needs about 30 µs on the same machine. On top come ' +
  'identity, rights, the choice of the replica, two metrics and a log line, and an HTTP client that takes nothing for granted.';
const RELAY_RATE =
  'The gateway shares one core with the server, so calls per second follow from its CPU per call.';
const PEERS_ON_NODE_24 =
  'The limits come from figures on Node 20. On Node 24 the peers are more than twice as fast, while we are near what bare node:http reaches in the same run.';
const CHILD_PER_SESSION =
  'Sixteen children share two cores with the bridge and the client; supergateway runs as many, and on Node 24 it has gained more than we could.';
const MEMORY =
  'Node itself takes 41 MiB; the rest is zod, pino and the text of the bundle. Without the parts of undici that are not used it is about 60 MiB.';

/** Why targets are missed, by their names; what is met again should leave this list. */
export const REASONS: Readonly<Record<string, string>> = {
  'Relay, C=1: CPU per call against nginx': RELAY_CPU,
  'Relay, C=16: CPU per call against nginx': RELAY_CPU,
  'Relay, C=64: CPU per call against nginx': RELAY_CPU,
  'Relay, C=16: throughput against nginx': RELAY_RATE,
  'Relay, C=64: throughput against nginx': RELAY_RATE,
  'echo, 1 session, C=16: throughput against supergateway': PEERS_ON_NODE_24,
  'echo, 1 session, C=16: throughput against mcp-proxy': PEERS_ON_NODE_24,
  'echo, 16 sessions, C=16: throughput against supergateway': CHILD_PER_SESSION,
  'memory: idle': MEMORY,
  'memory: 200': MEMORY,
};
