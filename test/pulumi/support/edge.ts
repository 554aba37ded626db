import { once } from 'node:events';
import { connect as connectTo, type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createServer, type TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';

const TRIES = 3;

/** What the application gateway was told of its backend and its certificate. */
export interface EdgeConfiguration {
  readonly address: string;
  readonly port: number;
  readonly key: string;
  readonly cert: string;
}

/** In the part of the application gateway: ends TLS and passes on every byte as it comes. */
export interface Edge {
  /** Connections of a client that finds the edge under its public name, and trusts its certificate alone. */
  readonly way: () => Agent;
  readonly close: () => Promise<void>;
}

export async function startEdge({ address, port, key, cert }: EdgeConfiguration): Promise<Edge> {
  const open = new Set<Socket>();
  const server = createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (client) => {
    client.on('error', () => client.destroy()); // also while there is no backend yet
    void reached(port, address).then((backend) => pass(client, backend, open));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port; // listens on a port
  const agents: Agent[] = [];
  return {
    way: () => {
      const agent = new Agent({ connect: leadingTo(own, cert), headersTimeout: 60_000 });
      agents.push(agent);
      return agent;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.destroy()));
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** The name is resolved here; it is what the certificate is checked for all the same. */
function leadingTo(port: number, ca: string): buildConnector.connector {
  const connect = buildConnector({ ca });
  return (options, callback) => {
    const servername = options.servername ?? options.hostname;
    const there = { ...options, hostname: '127.0.0.1', host: '127.0.0.1', port: String(port), servername }; // prettier-ignore
    connect(there, callback);
  };
}

/** Tries again while there is no connection: nothing was sent yet. */
async function reached(port: number, address: string): Promise<Socket> {
  for (let left = TRIES; ; left--) {
    const socket = connectTo(port, address);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      if (left === 0) return socket; // which ends the client's as well
    }
  }
}

async function pass(client: TLSSocket, backend: Socket, open: Set<Socket>): Promise<void> {
  for (const socket of [client, backend]) open.add(socket);
  const ends = { end: true };
  await Promise.allSettled([pipeline(client, backend, ends), pipeline(backend, client, ends)]);
  for (const socket of [client, backend]) open.delete(socket);
}
