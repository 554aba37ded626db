import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { headerText } from '@mcp-gateway/core/domain/header-text';
import type { Running } from './node-process.ts';

const NAMED = ['tools/call', 'prompts/get'];

/** What has a name in a message, as far as the router changes it. */
interface Message {
  readonly method?: unknown;
  readonly params?: { name?: unknown; ref?: { type?: unknown; name?: unknown } };
  readonly result?: { tools?: unknown; prompts?: unknown };
}

/**
 * Leads to `target`, where an adapter's tools and prompts have `prefix` in front, under the names that they have without
 * it, because the suite asks for those. Nothing else changes: bytes that name nothing pass as they came.
 */
export async function withoutPrefix(prefix: string, target: URL): Promise<Running> {
  const server = createServer((request, response) => {
    relay(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = prefixed(prefix, await buffer(request));
    const headers = headersFor(request.headers, body.length);
    const upstream = send(target, { method: request.method, headers });
    response.on('close', () => upstream.destroy());
    upstream.end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage]; // as the event is documented
    const { 'content-length': _, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    response.flushHeaders();
    if (answer.headers['content-type']?.startsWith('text/event-stream')) {
      for await (const line of createInterface({ input: answer })) response.write(`${eventLine(prefix, line)}\n`); // prettier-ignore
      response.end();
    } else response.end(stripped(prefix, (await buffer(answer)).toString()));
  }

  function headersFor(headers: IncomingHttpHeaders, length: number): IncomingHttpHeaders {
    const { host, 'mcp-method': method, 'mcp-name': name, ...rest } = headers;
    const isNamed = typeof name === 'string' && typeof method === 'string' && NAMED.includes(method.trim()); // prettier-ignore
    return {
      ...rest,
      // A foreign Host is one of the things that the suite tries.
      host: host === `127.0.0.1:${port}` ? target.host : host,
      ...(method !== undefined && { 'mcp-method': method }),
      ...(name !== undefined && { 'mcp-name': isNamed ? prefixedHeader(prefix, name) : name }),
      ...(length > 0 && { 'content-length': String(length) }),
    };
  }

  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function prefixed(prefix: string, body: Buffer): Buffer {
  const message = parsed(body.toString());
  const params = message?.params;
  if (params === undefined) return body;
  const named = typeof message?.method === 'string' && NAMED.includes(message.method);
  if (named && typeof params.name === 'string') params.name = prefix + params.name;
  const { ref } = params;
  if (ref?.type === 'ref/prompt' && typeof ref.name === 'string') ref.name = prefix + ref.name;
  return Buffer.from(JSON.stringify(message));
}

/** A value that is wrapped stays wrapped. */
function prefixedHeader(prefix: string, value: string): string {
  const text = headerText(value);
  if (text === undefined || text === value.trim()) return prefix + value.trimStart();
  return `=?base64?${Buffer.from(prefix + text).toString('base64')}?=`;
}

function eventLine(prefix: string, line: string): string {
  return line.startsWith('data: ') ? `data: ${stripped(prefix, line.slice(6))}` : line;
}

function stripped(prefix: string, text: string): string {
  const message = parsed(text);
  const lists = [message?.result?.tools, message?.result?.prompts].filter(Array.isArray);
  if (lists.length === 0) return text;
  for (const entry of lists.flat() as { name?: unknown }[])
    if (typeof entry.name === 'string' && entry.name.startsWith(prefix)) entry.name = entry.name.slice(prefix.length); // prettier-ignore
  return JSON.stringify(message);
}

function parsed(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
