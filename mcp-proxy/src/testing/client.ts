import { setTimeout as sleep } from 'node:timers/promises';

/** A JSON-RPC message, as loosely as a test looks at it. */
interface Received {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>> & {
    readonly content?: readonly { readonly text: string }[];
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A whole answer. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  /** All messages, the last of which is the answer. */
  readonly messages: readonly Received[];
  readonly answer: Received;
}

/** An open event stream. */
export interface Events {
  readonly status: number;
  readonly messages: readonly Received[];
  /** All bytes so far, heartbeats with them. */
  readonly text: () => string;
  readonly ended: () => boolean;
  readonly close: () => void;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** Posts a message, or a text as it is, and reads all of the answer. */
export async function post(
  url: string,
  message: unknown,
  options: PostOptions = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...HEADERS, ...options.headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
    ...(options.signal && { signal: options.signal }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const messages = type.startsWith('text/event-stream') ? eventsOf(text) : jsonOf(text);
  return {
    status: response.status,
    type,
    headers: response.headers,
    text,
    messages,
    answer: messages.at(-1) ?? {},
  };
}

/** Opens an event stream and goes on reading it. */
export async function listen(
  url: string,
  init: PostOptions & { readonly method?: string; readonly body?: string } = {},
): Promise<Events> {
  const controller = new AbortController();
  const response = await fetch(url, {
    method: init.method ?? 'GET',
    headers: { accept: 'text/event-stream', ...init.headers },
    signal: controller.signal,
    ...(init.body !== undefined && { body: init.body }),
  });
  const messages: Received[] = [];
  let text = '';
  let ended = false;
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      messages.splice(0, messages.length, ...eventsOf(text.slice(0, text.lastIndexOf('\n\n') + 2)));
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  return {
    status: response.status,
    messages,
    text: () => text,
    ended: () => ended,
    close: () => controller.abort(),
  };
}

/** A session of the era with sessions. */
export interface ClientSession {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly post: (message: unknown, options?: PostOptions) => Promise<Reply>;
  readonly call: (name: string, args?: object, options?: CallOptions) => Promise<Reply>;
  readonly listen: () => Promise<Events>;
  readonly end: () => Promise<Response>;
}

export interface CallOptions extends PostOptions {
  readonly id?: string | number;
  readonly token?: string | number;
}

let lastId = 100;

/** A tool call. */
export function toolCall(name: string, args: object = {}, { id, token }: CallOptions = {}): object {
  lastId += 1;
  return {
    jsonrpc: '2.0',
    id: id ?? lastId,
    method: 'tools/call',
    params: {
      name,
      arguments: args,
      ...(token !== undefined && { _meta: { progressToken: token } }),
    },
  };
}

/** The first message of a session. */
export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: { sampling: {} },
    clientInfo: { name: 'test', version: '1' },
  },
};

/** Opens a session; throws with the answer when it is refused. */
export async function openSession(url: string): Promise<ClientSession> {
  const opened = await post(url, INITIALIZE);
  const id = opened.headers.get('mcp-session-id');
  if (id === null) throw new Error(`initialize: ${opened.status} ${opened.text}`);
  const headers = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  const withSession = (options: PostOptions = {}): PostOptions => ({
    ...options,
    headers: { ...headers, ...options.headers },
  });
  await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, withSession());
  return {
    id,
    headers,
    post: (message, options) => post(url, message, withSession(options)),
    call: (name, args, options) => post(url, toolCall(name, args, options), withSession(options)),
    listen: () => listen(url, { headers }),
    end: () => fetch(url, { method: 'DELETE', headers }),
  };
}

/** The text of a tool's result. */
export function textOf(reply: Reply): string | undefined {
  return reply.answer.result?.content?.[0]?.text;
}

/** Waits until `condition` holds; throws after the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${String(condition)}`);
    await sleep(10);
  }
}

/** True while a process lives, a zombie excluded. */
export function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function eventsOf(text: string): readonly Received[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Received);
}

function jsonOf(text: string): readonly Received[] {
  try {
    return [JSON.parse(text) as Received];
  } catch {
    return [];
  }
}
