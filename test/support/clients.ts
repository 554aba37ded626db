import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';

/** A tool to call, after the list was read. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What a client saw: the names of the tools, and the text of the call's answer. */
interface Visit {
  readonly tools: readonly string[];
  readonly answer: string | undefined;
}

/** How a client gets there, where that is not the plain way. */
export interface Way {
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
}

/** Connects to an MCP URL, lists its tools, calls one if asked, and leaves. */
export type Visitor = (url: string, call?: ToolCall) => Promise<Visit>;

const run = promisify(execFile);
const info = { name: 'end-to-end', version: '1.0.0' };
const root = resolve(import.meta.dirname, '../..');

const ToolList = z.object({ tools: z.array(z.object({ name: z.string() })) });
const ToolResult = z.object({
  content: z.array(z.object({ text: z.string().optional() })),
  isError: z.boolean().optional(),
  structuredContent: z.unknown().optional(),
});

/** The clients that most users have, by name. */
export const CLIENTS: Readonly<Record<string, Visitor>> = {
  'the 1.x SDK': visitByLegacySdk,
  'the 2.x SDK': visitByModernSdk,
  "the Inspector's command line": visitByInspector,
};

/** A visit by the 1.x SDK. */
export async function visitByLegacySdk(url: string, call?: ToolCall, way?: Way): Promise<Visit> {
  const client = new LegacyClient(info);
  const transport = new LegacyTransport(new URL(url), options(way));
  try {
    await client.connect(transport);
    const tools = namesOf(await client.listTools());
    const answer = call && answerOf(await client.callTool({ ...call }));
    await transport.terminateSession();
    return { tools, answer };
  } finally {
    await client.close();
  }
}

/** A visit by the 2.x SDK, which speaks the newest era that the server has. */
export async function visitByModernSdk(url: string, call?: ToolCall, way?: Way): Promise<Visit> {
  const client = new ModernClient(info, { versionNegotiation: { mode: 'auto' } });
  const transport = new ModernTransport(new URL(url), options(way));
  try {
    await client.connect(transport);
    const tools = namesOf(await client.listTools());
    const answer = call && answerOf(await client.callTool({ ...call }));
    if (transport.sessionId !== undefined) await transport.terminateSession();
    return { tools, answer };
  } finally {
    await client.close();
  }
}

/** What a call of a tool came to. */
interface Called {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: unknown;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: unknown) => void;
}

/** A client that stays, of either SDK. */
export interface Connected {
  /** Names, read anew. */
  readonly list: () => Promise<readonly string[]>;
  /** Throws what is no result. */
  readonly call: (name: string, args: Record<string, unknown>, options?: CallOptions) => Promise<Called>; // prettier-ignore
  readonly close: () => Promise<void>;
}

/** Connects a client of one era: the 1.x SDK, or the 2.x SDK without sessions. */
export async function connected(
  era: 'legacy' | 'modern',
  url: string,
  way?: Way,
): Promise<Connected> {
  const at = new URL(url);
  if (era === 'legacy') {
    const client = new LegacyClient(info);
    await client.connect(new LegacyTransport(at, options(way)));
    return {
      list: async () => namesOf(await client.listTools()),
      call: async (name, args, of) => called(await client.callTool({ name, arguments: args }, undefined, of)), // prettier-ignore
      close: () => client.close(),
    };
  }
  const client = new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new ModernTransport(at, options(way)));
  return {
    list: async () => namesOf(await client.listTools(undefined, { cacheMode: 'bypass' })),
    call: async (name, args, of) => called(await client.callTool({ name, arguments: args }, of)),
    close: () => client.close(),
  };
}

function called(result: unknown): Called {
  const { content, isError = false, structuredContent } = ToolResult.parse(result);
  const text = content.map((block) => block.text ?? '').join('');
  return { isError, text, structured: structuredContent };
}

function options(way: Way | undefined) {
  return way && { requestInit: { headers: way.headers }, ...(way.fetch && { fetch: way.fetch }) };
}

async function visitByInspector(url: string, call?: ToolCall): Promise<Visit> {
  const inspect = async (...args: readonly string[]): Promise<unknown> => {
    const command = resolve(root, 'node_modules/.bin/mcp-inspector');
    const common = ['--cli', url, '--transport', 'http', '--quiet', '--connect-timeout', '60000'];
    const { stdout } = await run(process.execPath, [command, ...common, ...args], {
      // Its settings and tokens are the user's, and no business of a test.
      env: { ...process.env, HOME: resolve(root, '.cache/inspector') },
      timeout: 120_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return JSON.parse(stdout);
  };
  const tools = namesOf(await inspect('--method', 'tools/list'));
  if (call === undefined) return { tools, answer: undefined };
  const args = JSON.stringify(call.arguments);
  const tool = ['--tool-name', call.name, '--tool-args-json', args];
  return { tools, answer: answerOf(await inspect('--method', 'tools/call', ...tool)) };
}

function namesOf(result: unknown): readonly string[] {
  return ToolList.parse(result).tools.map(({ name }) => name);
}

/** Throws the server's own words when the tool has failed. */
function answerOf(result: unknown): string {
  const { isError, text } = called(result);
  if (isError) throw new Error(`the tool failed: ${text}`);
  return text;
}
