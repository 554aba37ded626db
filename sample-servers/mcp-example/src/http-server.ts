import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { toNodeHandler, type NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import { dualEra } from './dual-era.ts';
import { exampleServer } from './example-server.ts';

const GRACE_MS = 5_000;

/** A server not yet listening, and the way to end it: readiness goes first, running calls get a grace period. */
export interface ExampleHttpServer {
  readonly server: Server;
  readonly stop: () => Promise<void>;
}

/** Serves the example at `/mcp` with its health at `/ping` and `/readyz`; who may call is for the gateway to check. */
export function exampleHttpServer(idleTimeoutMs: number): ExampleHttpServer {
  const endpoint = dualEra(exampleServer, { idleTimeoutMs });
  const mcp = toNodeHandler(endpoint);
  const calls = new Set<Promise<unknown>>();
  let stopping = false;

  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/mcp') {
      if (request.method === 'POST') track(response);
      // The SDK's types were made without exactOptionalPropertyTypes.
      void mcp(request as NodeIncomingMessageLike, response);
    } else if (path === '/ping') response.end('pong\n');
    else if (path === '/readyz') response.writeHead(stopping ? 503 : 200).end();
    else response.writeHead(404).end();
  });

  function track(response: ServerResponse): void {
    const call = new Promise((resolve) => response.once('close', resolve));
    calls.add(call);
    void call.then(() => calls.delete(call));
  }

  return {
    server,
    stop: async () => {
      stopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.race([Promise.all(calls), sleep(GRACE_MS, undefined, { ref: false })]);
      await endpoint.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
