import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

/*
 * An MCP server on stdio for the bridge's tests: raw, without an SDK, so that it can do everything wrong that a server can.
 */

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: unknown;
}
interface Params {
  readonly name?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly requestId?: string | number;
  readonly protocolVersion?: string;
  readonly cursor?: string;
  readonly _meta?: Readonly<Record<string, unknown>>;
}
interface Call {
  readonly id: string | number;
  readonly args: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly line: string;
}

const { values: flags } = parseArgs({
  options: {
    /** legacy · modern · dual · exit (on anything before initialize) · mute (to anything before initialize) */
    era: { type: 'string', default: 'legacy' },
    'ignore-term': { type: 'boolean', default: false },
    'ignore-eof': { type: 'boolean', default: false },
    /** Never answers initialize. */
    'no-initialize': { type: 'boolean', default: false },
    /** Exits at once with this code. */
    exit: { type: 'string' },
    /** Takes so long to start. */
    delay: { type: 'string', default: '0' },
    stderr: { type: 'string' },
    /** Begins its output with a byte order mark, and what it says on stderr has no end. */
    preamble: { type: 'boolean', default: false },
  },
});

const MODERN = '2026-07-28';
const VERSION = 'io.modelcontextprotocol/protocolVersion';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

let pinned: 'legacy' | 'modern' | undefined;
let lists = 0;
const cancelled: unknown[] = [];
let heard: Promise<void> = Promise.resolve();
const subscriptions = new Set<string | number>();
const questions = new Map<string | number, (message: Message) => void>();

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
function send(message: object): void {
  write(JSON.stringify({ jsonrpc: '2.0', ...message }));
}
function result(id: string | number, value: object): void {
  send({ result: { ...(pinned === 'modern' && { resultType: 'complete' }), ...value }, id });
}
function text(id: string | number, value: string): void {
  result(id, { content: [{ type: 'text', text: value }] });
}
function fail(id: string | number, code: number, message: string, data?: unknown): void {
  send({ id, error: { code, message, ...(data !== undefined && { data }) } });
}
function notify(method: string, params: object): void {
  send({ method, params });
}
const wait = (ms: unknown): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Number(ms)));

const TOOLS: Readonly<Record<string, (call: Call) => Promise<void> | void>> = {
  echo: ({ id, args }) => text(id, String(args.text)),
  /** The request as it came. */
  raw: ({ id, line }) => text(id, line),
  size: ({ id, line }) => text(id, String(line.length)),
  slow: async ({ id, args }) => {
    await wait(args.ms);
    text(id, 'slow');
  },
  /** Answers with the id's own text, which a number of JavaScript may not keep. */
  'same-id': ({ line }) => {
    const id = /"id":([^,]+)/.exec(line)?.[1] ?? '';
    write(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
  },
  hang: () => undefined,
  crash: ({ args }) => process.exit(Number(args.code ?? 1)),
  suicide: () => {
    process.kill(process.pid, 'SIGKILL');
  },
  progress: async ({ id, args, meta }) => {
    for (let step = 1; step <= Number(args.steps); step += 1) {
      notify('notifications/progress', {
        progressToken: meta.progressToken,
        progress: step,
        message: args.label,
      });
      await wait(args.ms ?? 1);
    }
    text(id, 'progressed');
  },
  log: async ({ id, args }) => {
    notify('notifications/message', { level: 'info', data: args.text });
    await wait(args.ms ?? 0);
    text(id, 'logged');
  },
  /** Says later, when no call may be running, what changed. */
  later: ({ id, args }) => {
    setTimeout(() => notify(String(args.method), { note: args.note }), Number(args.ms));
    text(id, 'later');
  },
  changed: ({ id }) => {
    notify('notifications/tools/list_changed', {});
    for (const subscription of subscriptions) {
      notify('notifications/tools/list_changed', { _meta: { [SUBSCRIPTION]: subscription } });
    }
    text(id, 'changed');
  },
  sample: ({ id }) => {
    const question = `question-${id}`;
    questions.set(question, (answer) => text(id, JSON.stringify(answer.result)));
    send({
      id: question,
      method: 'sampling/createMessage',
      params: { messages: [], maxTokens: 1 },
    });
  },
  /** Asks when its answer is long out, and answers nothing before it has heard. */
  'ask-later': ({ id }) => {
    setTimeout(() => {
      heard = new Promise((resolve) => questions.set('later', () => resolve()));
      send({ id: 'later', method: 'roots/list' });
    }, 0);
    text(id, 'asked');
  },
  heard: async ({ id }) => {
    await heard;
    text(id, 'heard');
  },
  big: ({ id, args }) => text(id, 'x'.repeat(Number(args.bytes))),
  garbage: ({ id }) => {
    write('this is no JSON');
    text(id, 'littered');
  },
  /** Exits after its answer, or half of it, without the end of a line. */
  'last-words': ({ id, args }) => {
    const words = JSON.stringify({ jsonrpc: '2.0', id, result: { padding: 'x'.repeat(9000) } });
    process.stdout.write(args.half === true ? words.slice(0, -2) : words, () => process.exit(0));
  },
  /** An answer in Latin-1. */
  latin: ({ id }) => {
    const answer = `{"jsonrpc":"2.0","id":${String(id)},"result":{"content":[{"text":"caf\u00e9"}]}}\n`;
    process.stdout.write(Buffer.from(answer, 'latin1'));
  },
  /** Each answer is to nobody, or for the second time. */
  babble: ({ id }) => {
    for (const value of [null, [], 5, {}, { jsonrpc: '2.0', id }]) write(JSON.stringify(value));
    for (const other of [`${id}`, null, -1])
      write(JSON.stringify({ jsonrpc: '2.0', id: other, result: {} }));
    for (const times of ['once', 'twice']) text(id, times);
  },
  stderr: ({ id, args }) => {
    for (let line = 0; line < Number(args.lines ?? 1); line += 1)
      process.stderr.write(`${String(args.text)} ${line}\n`);
    text(id, 'written');
  },
  pid: ({ id }) => text(id, String(process.pid)),
  grandchild: ({ id }) => {
    const child = spawn(
      process.execPath,
      ['-e', "process.on('SIGTERM',()=>{});setInterval(()=>{},1e6)"],
      {
        stdio: 'ignore',
      },
    );
    child.unref();
    text(id, String(child.pid));
  },
  deaf: ({ id, args }) => {
    text(id, 'deaf');
    reader.pause();
    process.stdin.pause();
    setTimeout(() => {
      process.stdin.resume();
      reader.resume();
    }, Number(args.ms));
  },
  cancelled: ({ id }) => text(id, JSON.stringify(cancelled)),
  // eslint-disable-next-line no-restricted-properties -- what it was given is what is asked for
  environment: ({ id }) => text(id, JSON.stringify(process.env)),
  args: ({ id }) => text(id, JSON.stringify(process.argv.slice(2))),
};

const METHODS: Readonly<
  Record<string, (id: string | number, params: Params, line: string) => void>
> = {
  initialize: (id, params) => {
    if (flags['no-initialize']) return;
    result(id, {
      protocolVersion: params.protocolVersion ?? '2025-11-25',
      capabilities: { tools: { listChanged: true }, logging: {} },
      serverInfo: { name: 'fixture', version: '1' },
    });
  },
  'server/discover': (id) =>
    result(id, {
      supportedVersions: [MODERN],
      capabilities: { tools: { listChanged: true } },
      ttlMs: 0,
      cacheScope: 'public',
    }),
  ping: (id) => result(id, {}),
  'tools/list': (id, params) => {
    lists += 1;
    if (params.cursor === undefined)
      result(id, { tools: [tool('raw')], nextCursor: 'two', _meta: { lists } });
    else
      result(id, {
        tools: [tool('echo', { text: { type: 'string', 'x-mcp-header': 'Text' } }), tool('slow')],
      });
  },
  'subscriptions/listen': (id) => {
    subscriptions.add(id);
    notify('notifications/subscriptions/acknowledged', {
      notifications: {},
      _meta: { [SUBSCRIPTION]: id },
    });
  },
  'tools/call': (id, params, line) => {
    const run = TOOLS[params.name ?? ''];
    if (run) void run({ id, args: params.arguments ?? {}, meta: params._meta ?? {}, line });
    else fail(id, -32602, `Unknown tool`);
  },
};

function tool(name: string, properties: object = {}): object {
  return { name, inputSchema: { type: 'object', properties } };
}

/** False for what a server of the chosen era does not take. */
function admits(message: Message): boolean {
  return flags.era === 'dual' || flags.era === 'modern'
    ? admitsModern(message)
    : admitsLegacy(message);
}

function admitsModern({ id, method, params }: Message): boolean {
  if (flags.era === 'modern' && method === 'initialize') {
    if (id !== undefined) fail(id, -32022, 'Unsupported protocol version', { supported: [MODERN] });
    return false;
  }
  const modern = params?._meta?.[VERSION] !== undefined;
  pinned ??= modern ? 'modern' : 'legacy';
  if (pinned === 'modern' || !modern) return true;
  if (id !== undefined) fail(id, -32601, 'Method not found');
  return false;
}

function admitsLegacy({ id, method }: Message): boolean {
  if (pinned === undefined && method !== 'initialize') {
    if (flags.era === 'exit') process.exit(3);
    if (flags.era !== 'mute' && id !== undefined) fail(id, -32601, 'Method not found');
    return false;
  }
  pinned = 'legacy';
  return true;
}

function take(line: string): void {
  const message = JSON.parse(line) as Message;
  const { id, method, params = {} } = message;
  if (method === undefined) {
    if (id !== undefined) questions.get(id)?.(message);
    return;
  }
  if (!admits(message)) return;
  if (method === 'notifications/cancelled') {
    cancelled.push(params.requestId);
    if (params.requestId !== undefined) subscriptions.delete(params.requestId);
  }
  if (id === undefined) return;
  const run = METHODS[method];
  if (run) run(id, params, line);
  else fail(id, -32601, 'Method not found');
}

if (flags.exit !== undefined) process.exit(Number(flags.exit));
if (flags.stderr !== undefined) process.stderr.write(`${flags.stderr}\n`);
if (flags.preamble) {
  process.stdout.write('\uFEFF');
  process.stderr.write('words without end');
}
if (flags['ignore-term']) process.on('SIGTERM', () => undefined);
if (flags['ignore-eof']) setInterval(() => undefined, 1_000_000);
await wait(flags.delay);
const reader = createInterface({ input: process.stdin });
reader.on('line', take);
