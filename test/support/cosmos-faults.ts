import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createServer, request as send } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CosmosServer } from './cosmos.ts';

/** What happens to one request on its way. */
export type Fault =
  | { readonly answer: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is cut before the server sees the request. */
  | 'cut before'
  /** The connection is cut after the server has acted. */
  | 'cut after'
  /** Nothing ever comes. */
  | 'hang'
  | { readonly slowMs: number };

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
}

/** A way to a Cosmos server on which things go wrong as told. */
export interface FaultyWay {
  readonly endpoint: string;
  /** What happens to the next requests for documents, one after the other; then all is well. */
  readonly faults: (Fault | undefined)[];
  /** Decides where `faults` is empty. */
  chance: () => Fault | undefined;
  /** The server gives at most so many documents an answer, and a token to continue with. */
  pageSize: number | undefined;
  /** All requests for documents so far. */
  readonly seen: SeenRequest[];
  readonly close: () => Promise<void>;
}

/** Opens such a way with the server's own certificate, on a free port unless one is given. */
export async function faultyWay(to: CosmosServer, port = 0): Promise<FaultyWay> {
  const way = {
    faults: [] as (Fault | undefined)[],
    chance: () => undefined,
    pageSize: undefined,
    seen: [],
  };
  const opened: Omit<FaultyWay, 'endpoint' | 'close'> = way;
  const server = createServer(to.certificate, (request, response) => {
    carry(opened, to, request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(opened, {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, // TCP, so not a string
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

async function carry(
  way: Omit<FaultyWay, 'endpoint' | 'close'>,
  to: CosmosServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fault = faultFor(way, request);
  const body = await buffer(request);
  if (fault === 'hang') return;
  if (fault === 'cut before') return void response.destroy();
  if (typeof fault === 'object' && 'answer' in fault) {
    response.writeHead(fault.answer, { 'x-ms-activity-id': 'made-up', ...fault.headers });
    return void response.end(JSON.stringify({ code: 'Fault', message: 'a fault on the way' }));
  }
  if (typeof fault === 'object') await sleep(fault.slowMs);
  const { status, headers, content } = await forward(way, to, request, body);
  if (fault === 'cut after') response.destroy();
  else response.writeHead(status, headers).end(content);
}

function faultFor(
  { seen, faults, chance }: Omit<FaultyWay, 'endpoint' | 'close'>,
  { method = '', url = '', headers }: IncomingMessage,
): Fault | undefined {
  if (!url.includes('/docs')) return undefined;
  seen.push({ method, path: url, authorization: headers.authorization ?? '' });
  return faults.length > 0 ? faults.shift() : chance();
}

async function forward(
  { pageSize }: Pick<FaultyWay, 'pageSize'>,
  to: CosmosServer,
  request: IncomingMessage,
  body: Buffer,
) {
  const { method, url = '' } = request;
  const headers = {
    ...request.headers,
    ...(pageSize !== undefined && { 'x-ms-max-item-count': String(pageSize) }),
  };
  const onward = send(new URL(url, to.endpoint), { method, headers, agent: to.agent });
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]; // as node:http documents
  return {
    status: answer.statusCode ?? 500,
    headers: answer.headers,
    content: await buffer(answer),
  };
}
