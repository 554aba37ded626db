import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  McpServer,
  type CallToolResult,
  type McpServerFactory,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A new example server; one lives as long as its session, or as its request where there are no sessions. */
export const exampleServer: McpServerFactory = () => {
  const server = new McpServer(
    { name: 'mcp-example', version: '0.1.0' },
    { instructions: 'Small tools that show what reaches a server behind the gateway.' },
  );
  addTools(server);
  addResource(server);
  addPrompt(server);
  return server;
};

function addTools(server: McpServer): void {
  server.registerTool(
    'echo',
    {
      description: 'Gives back what it was given',
      inputSchema: z.object({ message: z.string() }),
    },
    ({ message }) => text(message),
  );
  server.registerTool(
    'add',
    {
      description: 'Adds two numbers',
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
    },
    ({ a, b }) => structured({ sum: a + b }),
  );
  server.registerTool(
    'whoami',
    {
      description: 'Says who the gateway says is calling, and which replica answers',
      outputSchema: z.object({
        userId: z.string().nullable(),
        roles: z.array(z.string()),
        hostname: z.string(),
        pid: z.number(),
      }),
    },
    (context) => structured(whoami(context)),
  );
  addCounter(server);
  addSlow(server);
}

function addCounter(server: McpServer): void {
  let count = 0;
  server.registerTool(
    'count',
    {
      description: 'Counts the calls of this session; without sessions every call is the first',
      outputSchema: z.object({ count: z.number() }),
    },
    () => {
      count += 1;
      return structured({ count });
    },
  );
}

function addSlow(server: McpServer): void {
  server.registerTool(
    'slow',
    {
      description: 'Takes some seconds and reports its progress',
      inputSchema: z.object({ seconds: z.number().min(0).max(600) }),
    },
    async ({ seconds }, { mcpReq }) => {
      const steps = Math.max(1, Math.ceil(seconds));
      const progressToken = mcpReq._meta?.progressToken;
      for (let progress = 1; progress <= steps; progress += 1) {
        await sleep((seconds * 1000) / steps, undefined, { signal: mcpReq.signal });
        if (progressToken === undefined) continue;
        const params = { progressToken, progress, total: steps };
        await mcpReq.notify({ method: 'notifications/progress', params });
      }
      return text(`done after ${seconds} s`);
    },
  );
}

function addResource(server: McpServer): void {
  const description = 'A text that never changes';
  server.registerResource(
    'greeting',
    'example://greeting',
    { description, mimeType: 'text/plain' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'Hello from a pod.' }] }),
  );
}

function addPrompt(server: McpServer): void {
  server.registerPrompt(
    'greet',
    { description: 'Asks for a greeting', argsSchema: z.object({ name: z.string() }) },
    ({ name }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name} warmly.` } }],
    }),
  );
}

function whoami({ http }: ServerContext) {
  const headers = http?.req?.headers;
  const roles = headers?.get('x-mcp-roles') ?? '';
  return {
    userId: headers?.get('x-mcp-userid') ?? null,
    roles: roles.split(',').filter((role) => role !== ''),
    hostname: hostname(),
    pid: process.pid,
  };
}

function text(value: string): CallToolResult {
  return { content: [{ type: 'text', text: value }] };
}

/** Clients that know no structured content read the same as text. */
function structured(value: Record<string, unknown>): CallToolResult {
  return { structuredContent: value, ...text(JSON.stringify(value)) };
}
