import { Agent, request, type Dispatcher } from 'undici';
import { z } from 'zod';

/** Many sockets, none of them kept longer than a test. */
const agent = new Agent({
  connections: 128,
  pipelining: 1,
  headersTimeout: 60_000,
  keepAliveTimeout: 2000,
  keepAliveMaxTimeout: 2000,
});

const Answer = z.object({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z
    .object({ code: z.number(), message: z.string(), data: z.unknown().optional() })
    .optional(),
});

export interface McpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: z.infer<typeof Answer> | undefined;
  readonly text: string;
}

/** A session of the era with sessions, by plain requests: what is sent is what the test says. */
export interface RawSession {
  readonly id: string;
  post: (url: string, message: object) => Promise<McpAnswer>;
  /** By way of `through`, where that is given. */
  call: (url: string, tool: string, args?: object, through?: Dispatcher) => Promise<McpAnswer>;
  end: (url: string) => Promise<McpAnswer>;
}

const MODERN_VERSION = '2026-07-28';
let lastId = 0;

/** POSTs one message and reads the answer, be it JSON or an event stream that ends with it. */
export async function post(
  url: string,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
  through: Dispatcher = agent,
): Promise<McpAnswer> {
  return send('POST', url, { headers, through, body: JSON.stringify(message) });
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly through?: Dispatcher;
  readonly body?: string;
}

/** Sends any method and body to an MCP URL. */
async function send(
  method: 'POST' | 'GET' | 'DELETE',
  url: string,
  { headers, through = agent, body }: Sent,
): Promise<McpAnswer> {
  const response = await request(url, {
    method,
    dispatcher: through,
    headers: {
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, body: answerIn(text) };
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly through?: Dispatcher;
}

/** One request of the era without sessions, such as `tools/list`. */
export function ask(
  url: string,
  method: string,
  params: Readonly<Record<string, unknown>> & { readonly name?: string } = {},
  { headers = {}, through = agent }: Asked = {},
): Promise<McpAnswer> {
  const about = 'io.modelcontextprotocol';
  const _meta = {
    [`${about}/protocolVersion`]: MODERN_VERSION,
    [`${about}/clientInfo`]: { name: 'test', version: '1' },
    [`${about}/clientCapabilities`]: {},
  };
  const message = { jsonrpc: '2.0', id: ++lastId, method, params: { ...params, _meta } };
  const own = {
    ...headers,
    'mcp-protocol-version': MODERN_VERSION,
    'mcp-method': method,
    ...(params.name !== undefined && { 'mcp-name': params.name }),
  };
  return post(url, message, own, through);
}

/** Opens a session; throws with the answer when the server refuses. */
export async function openSession(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  through: Dispatcher = agent,
): Promise<RawSession> {
  const opened = await post(
    url,
    {
      jsonrpc: '2.0',
      id: ++lastId,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    },
    headers,
    through,
  );
  const id = opened.headers['mcp-session-id'];
  if (opened.status !== 200 || typeof id !== 'string') {
    throw new Error(`initialize: ${opened.status} ${opened.text}`);
  }
  const own = { ...headers, 'mcp-session-id': id, 'mcp-protocol-version': '2025-06-18' };
  const session: RawSession = {
    id,
    post: (to, message) => post(to, message, own, through),
    call: (to, tool, args = {}, by = through) =>
      post(
        to,
        {
          jsonrpc: '2.0',
          id: ++lastId,
          method: 'tools/call',
          params: { name: tool, arguments: args },
        },
        own,
        by,
      ),
    end: (to) => send('DELETE', to, { headers: own, through }),
  };
  await session.post(url, { jsonrpc: '2.0', method: 'notifications/initialized' });
  return session;
}

/** The first text block of a tool's result; throws with the whole answer when there is none. */
export function textOf(answer: McpAnswer): string {
  const Content = z.object({ content: z.array(z.object({ text: z.string() })).min(1) });
  const parsed = Content.safeParse(answer.body?.result);
  if (!parsed.success) throw new Error(`no text in ${answer.status} ${answer.text}`);
  return parsed.data.content[0]!.text;
}

function answerIn(text: string): z.infer<typeof Answer> | undefined {
  const data = text.startsWith('{')
    ? [text]
    : [...text.matchAll(/^data: ?(.+)$/gm)].map((m) => m[1]);
  for (const candidate of data.reverse()) {
    const parsed = Answer.safeParse(parse(candidate));
    if (parsed.success && (parsed.data.result ?? parsed.data.error)) return parsed.data;
  }
  return undefined;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
