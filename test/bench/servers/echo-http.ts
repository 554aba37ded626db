// A cheap MCP server on node:http, without an SDK: the backend of the relay and the floor of the bridge.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

const INITIALIZED =
  '{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1.0.0"}}';

interface Request {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly arguments?: { readonly message?: string } };
}

const sessions = new Set<string>();

const server = createServer((request, response) => {
  if (request.method === 'POST') takeBody(request, (body) => answer(request, response, body));
  else if (request.method === 'DELETE')
    end(response, sessions.delete(sessionOf(request)) ? 200 : 404);
  else end(response, 405);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
// Lets the bench reach directly the very process that the gateway has started.
if (process.env.ECHO_PORT_FILE) writeFileSync(process.env.ECHO_PORT_FILE, String(process.env.PORT));

function takeBody(request: IncomingMessage, use: (body: string) => void): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => use(Buffer.concat(pieces).toString()));
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const { id, method, params } = JSON.parse(body) as Request; // from the client of this bench
  if (method === 'initialize') {
    const session = randomUUID();
    sessions.add(session);
    response.setHeader('Mcp-Session-Id', session);
    sendResult(response, id, INITIALIZED);
  } else if (!sessions.has(sessionOf(request))) {
    end(response, 404);
  } else if (id === undefined) {
    end(response, 202);
  } else {
    const text = JSON.stringify(params?.arguments?.message ?? '');
    sendResult(response, id, `{"content":[{"type":"text","text":${text}}]}`);
  }
}

function sendResult(response: ServerResponse, id: Request['id'], result: string): void {
  const body = `{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader('Content-Length', 0);
  response.end();
}

function sessionOf(request: IncomingMessage): string {
  return String(request.headers['mcp-session-id']);
}
