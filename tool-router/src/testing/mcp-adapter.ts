import { randomUUID } from 'node:crypto';
import { toNodeHandler, type NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  inputRequired,
  isLegacyRequest,
  McpServer,
  ResourceTemplate,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AdapterHandler } from './fake-gateway.ts';

/** With the name of an adapter in front it is longer than MCP allows. */
const LONG_NAME = `${'long-'.repeat(24)}name`;

/** A real MCP server of one era, in this process. */
export interface McpAdapter {
  readonly handler: AdapterHandler;
  /** Sessions of clients that were opened, where the era has them. */
  readonly opened: () => number;
  /** Forgets all sessions, as a restart does. */
  readonly forget: () => void;
  /** The server has another tool from now on, and says so. */
  readonly addTool: (name: string) => void;
  /** Resolves when a call of `slow` was cancelled. */
  readonly cancelled: Promise<void>;
}

/** Serves tools, a prompt and resources that show what the router passes on. */
export function mcpAdapter(era: 'legacy' | 'modern'): McpAdapter {
  const extra: string[] = [];
  const cancelled = Promise.withResolvers<undefined>();
  const server = () => exampleServer(extra, () => cancelled.resolve(undefined));
  const sessions = new Map<string, { transport: WebStandardStreamableHTTPServerTransport; server: McpServer }>(); // prettier-ignore
  let opened = 0;
  const modern = createMcpHandler(server, { legacy: 'reject' });

  const begin = async (request: Request): Promise<Response> => {
    const id = randomUUID();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessioninitialized: () => {
        opened++;
        sessions.set(id, { transport, server: made });
      },
    });
    const made = server();
    await made.connect(transport);
    return transport.handleRequest(request);
  };
  const legacy = async (request: Request): Promise<Response> => {
    const id = request.headers.get('mcp-session-id');
    if (id === null) return begin(request);
    return (
      (await sessions.get(id)?.transport.handleRequest(request)) ??
      new Response(null, { status: 404 })
    );
  };
  const handler = toNodeHandler({
    fetch: async (request) => {
      const isLegacy = await isLegacyRequest(request);
      if (era === 'modern') return modern.fetch(request);
      return isLegacy ? legacy(request) : new Response('what?', { status: 400 });
    },
  });
  return {
    handler: (request, response) => void handler(request as NodeIncomingMessageLike, response),
    opened: () => opened,
    forget: () => sessions.clear(),
    addTool: (name) => {
      extra.push(name);
      modern.notify.toolsChanged();
      for (const { server: one } of sessions.values()) {
        one.registerTool(name, {}, () => text(name));
      }
    },
    cancelled: cancelled.promise,
  };
}

function exampleServer(extra: readonly string[], onCancel: () => void): McpServer {
  const server = new McpServer(
    { name: 'example', version: '1' },
    { capabilities: { logging: {} } },
  );
  server.registerTool(
    'who',
    {},
    ({ http }) =>
    text(`${http?.req?.headers.get('x-mcp-userid') ?? ''} ${http?.req?.headers.get('x-mcp-roles') ?? ''}`), // prettier-ignore
  );
  server.registerTool(LONG_NAME, {}, () => text('long'));
  server.registerTool('slow', {}, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken !== undefined)
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1, total: 2, message: 'half' } }); // prettier-ignore
    await new Promise((resolve) => {
      mcpReq.signal.addEventListener('abort', resolve);
      setTimeout(resolve, 3_000).unref();
    });
    if (mcpReq.signal.aborted) onCancel();
    return text('slept');
  });
  server.registerTool('ask', {}, ({ mcpReq }) => {
    const answer = mcpReq.inputResponses?.name as { content?: { name?: string } } | undefined;
    if (answer)
      return text(`hello ${answer.content?.name ?? '?'}, ${String(mcpReq.requestState())}`);
    return inputRequired({
      requestState: 'state of the adapter',
      inputRequests: {
        name: inputRequired.elicit({
          message: 'What is your name?',
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        }),
      },
    });
  });
  server.registerTool('sample', {}, ({ mcpReq }) => {
    const answer = mcpReq.inputResponses?.words as { content?: { text?: string } } | undefined;
    if (answer) return text(`heard ${answer.content?.text ?? '?'}`);
    const messages = [
      { role: 'user' as const, content: { type: 'text' as const, text: 'Say it.' } },
    ];
    const words = inputRequired.createMessage({ messages, maxTokens: 10 });
    return inputRequired({ inputRequests: { words } });
  });
  server.registerTool('roots', {}, ({ mcpReq }) => {
    const answer = mcpReq.inputResponses?.roots as { roots?: { uri: string }[] } | undefined;
    if (answer) return text(`rooted in ${answer.roots?.map(({ uri }) => uri).join() ?? '?'}`);
    return inputRequired({ inputRequests: { roots: inputRequired.listRoots() } });
  });
  server.registerTool('log', {}, async ({ mcpReq }) => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- servers of both eras still log this way
    await mcpReq.log('warning', 'mind the gap', 'platform');
    return text('logged');
  });
  server.registerTool(
    'region',
    { inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }) },
    ({ region }, { http }) =>
      text(`${region} ${http?.req?.headers.get('mcp-param-region') ?? 'no header'}`),
  );
  for (const name of extra) server.registerTool(name, {}, () => text(name));
  server.registerPrompt('greet', { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}.` } }],
  }));
  const read = (uri: URL) => ({ contents: [{ uri: uri.href, text: `content of ${uri.href}` }] });
  server.registerResource('shared', 'note://shared', {}, read);
  server.registerResource(
    'days',
    new ResourceTemplate('day://{date}', { list: undefined }),
    {},
    read,
  );
  return server;
}

function text(value: string) {
  return { content: [{ type: 'text' as const, text: value }] };
}
