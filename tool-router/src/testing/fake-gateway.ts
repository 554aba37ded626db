import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers a call of one tool; the arguments are read already. */
export type ToolHandler = (
  args: unknown,
  request: IncomingMessage,
  response: ServerResponse,
) => void;
/** Answers what goes to one adapter. */
export type AdapterHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The internal listener of a gateway, with tools and adapters that a test puts behind it. */
export interface FakeGateway {
  readonly url: string;
  readonly tools: Map<string, ToolHandler>;
  readonly adapters: Map<string, AdapterHandler>;
  /** Each request that came, as `POST /tools/x/call`. */
  readonly seen: string[];
  readonly stop: () => Promise<void>;
}

export const SECRET = 'a-secret-of-at-least-thirty-two-characters';

/** Listens on a free port; who does not know the secret gets 401. */
export async function fakeGateway(): Promise<FakeGateway> {
  const tools = new Map<string, ToolHandler>();
  const adapters = new Map<string, AdapterHandler>();
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    seen.push(`${method} ${url}`);
    const [, kind, name = ''] = url.split('/');
    if (request.headers['x-gateway-secret'] !== SECRET) {
      response.writeHead(401).end();
      return;
    }
    const tool = kind === 'tools' ? tools.get(name) : undefined;
    const adapter = kind === 'adapters' ? adapters.get(name) : undefined;
    if (adapter) adapter(request, response);
    else if (tool) void bodyOf(request).then((body) => tool(JSON.parse(body), request, response));
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound to a port, so it is no path
  return {
    url: `http://127.0.0.1:${port}`,
    tools,
    adapters,
    seen,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}
