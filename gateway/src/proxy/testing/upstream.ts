import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import type { Loopback } from '@mcp-gateway/platform/undici/testing/loopback';

/** A small server of the era with sessions that remembers what it was sent. */
export interface Upstream {
  readonly endpoint: Endpoint;
  readonly sessions: Set<string>;
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }[]; // prettier-ignore
  readonly streams: Set<ServerResponse>;
  /** Answers instead of the usual behaviour while it is set. */
  behave: ((request: IncomingMessage, response: ServerResponse, body: string) => void) | undefined;
  stop: () => void;
}

/** Starts replica `ordinal` of an adapter. */
export async function upstream(net: Loopback, adapter: string, ordinal = 0): Promise<Upstream> {
  const sessions = new Set<string>();
  const requests: Upstream['requests'] = [];
  const streams = new Set<ServerResponse>();
  const { origin, server } = await net.serve((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body });
      if (made.behave !== undefined) made.behave(request, response, body);
      else answer(request, response, body);
    }, () => undefined); // prettier-ignore
  });

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const session = request.headers['mcp-session-id'];
    if (session === undefined && body.includes('"initialize"')) {
      const id = randomUUID();
      sessions.add(id);
      response.setHeader('Mcp-Session-Id', id);
    } else if (session !== undefined && !sessions.has(String(session))) {
      response.writeHead(404).end('{"from":"upstream"}');
      return;
    }
    if (request.method === 'DELETE') sessions.delete(String(session));
    if (request.method === 'GET') {
      streams.add(response.on('close', () => streams.delete(response)));
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: hello\n\n');
      return;
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ replica: made.endpoint.instance, session, body }));
  }

  const instance = `adapter-${adapter}-${ordinal}`;
  const made: Upstream = {
    endpoint: { instance, uid: randomUUID(), origin, draining: false },
    sessions,
    requests,
    streams,
    behave: undefined,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return made;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
