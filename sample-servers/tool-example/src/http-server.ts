import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { weatherAt, WeatherRequest } from './weather.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Answers `POST /score` with the weather; who may call is for the gateway to check. */
export function toolServer(): Server {
  return createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/score' && request.method === 'POST') void score(request, response);
    else if (path === '/score') response.writeHead(405, { allow: 'POST' }).end();
    else if (path === '/readyz') response.writeHead(200).end();
    else response.writeHead(404).end();
  });
}

async function score(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await bodyOf(request);
    if (body === undefined) {
      answer(response, 413, { error: `The arguments have more than ${MAX_BODY_BYTES} bytes.` });
      return;
    }
    const parsed = WeatherRequest.safeParse(JSON.parse(body));
    if (parsed.success) answer(response, 200, weatherAt(parsed.data));
    else answer(response, 400, { error: z.prettifyError(parsed.error) });
  } catch {
    answer(response, 400, { error: 'The arguments are not JSON.' });
  }
}

/** Undefined when there is too much of it. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
