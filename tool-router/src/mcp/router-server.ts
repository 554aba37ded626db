import {
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Asker } from '../adapters/adapter-lists.ts';
import { callerOf } from '../caller.ts';
import { SEARCH_MODE_TOOLS, searchResult, wrappedCall } from '../search/search-mode.ts';
import type { ToolEntry } from '../tools/tool-entry.ts';
import { failure } from '../tools/tool-result.ts';
import type { NamedResult } from './call-tool.ts';
import type { Handling, ListMode, ServerDependencies, ServerScope } from './handling.ts';
import { MISSING_META } from './missing.ts';
import { pageOf } from './page.ts';
import { addPrompts } from './prompt-handlers.ts';
import { addResources } from './resource-handlers.ts';

const INSTRUCTIONS = {
  all: 'Tools, prompts and resources that this organisation has registered and you may use.',
  search: 'Find tools with search_tools, then call one with call_tool.',
} as const;

/** Results are checked against the schemas of their tools before they come here. */
const NO_CHECK = { getValidator: () => (data: unknown) => ({ valid: true as const, data: data as never, errorMessage: undefined }) }; // prettier-ignore

/** An MCP server over what the caller of each request may use. */
export function routerServer(deps: ServerDependencies, scope: ServerScope): McpServer {
  const cacheHint = { ttlMs: deps.ttlMs, cacheScope: 'private' } as const;
  const server = new McpServer(
    { name: 'mcp-gateway', title: 'MCP Gateway', version: deps.version },
    {
      instructions: INSTRUCTIONS[scope.mode],
      jsonSchemaValidator: NO_CHECK,
      cacheHints: { 'server/discover': cacheHint },
    },
  );
  server.server.registerCapabilities({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true },
    completions: {},
    logging: {},
  });
  const handling: Handling = {
    ...deps,
    askerOf: (ctx) => askerOf(ctx, scope),
    listResult: (name, items, { keyOf, shown, cursor, missing }) => {
      const page = pageOf(items, keyOf, { cursor, size: deps.pageSize });
      return {
        [name]: page.items.map(shown),
        ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }),
        ...(missing.length > 0 && { _meta: { [MISSING_META]: missing } }),
        // A list that lacks something is worth asking for again soon.
        ...(scope.era === 'modern' && { ...cacheHint, ...(missing.length > 0 && { ttlMs: 0 }) }),
      };
    },
  };
  addTools(server, handling, scope.mode);
  addPrompts(server, handling);
  addResources(server, handling);
  return server;
}

function askerOf({ http }: ServerContext, { session, capabilities }: ServerScope): Asker {
  const caller = http?.req && callerOf(http.req.headers);
  if (!caller) throw new ProtocolError(ProtocolErrorCode.InternalError, 'Nobody is calling.');
  return { caller, session, capabilities: capabilities() };
}

function addTools({ server }: McpServer, handling: Handling, mode: ListMode): void {
  const { tools, callByName, ranking, askerOf: askerIn, listResult } = handling;
  server.setRequestHandler('tools/list', async ({ params }, ctx) => {
    const { tools: found, missing } =
      mode === 'search'
        ? { tools: SEARCH_MODE_TOOLS, missing: [] }
        : await tools.list(askerIn(ctx));
    return listResult<ToolEntry>('tools', found, {
      keyOf: ({ name }) => name,
      shown: (tool) => tool,
      cursor: params?.cursor,
      missing,
    }) as never;
  });
  server.setRequestHandler('tools/call', async ({ params }, ctx) => {
    const asker = askerIn(ctx);
    const { name, arguments: args = {} } = params;
    const call = mode === 'search' && name === 'call_tool' ? wrappedCall(args) : { name, args };
    if (typeof call === 'string') return failure(call);
    if (mode === 'search' && name === 'search_tools')
      return searchResult(ranking, (await tools.list(asker)).tools, args);
    const called = await callByName({ ...call, asker, ctx });
    return projected(server, called) as never;
  });
}

/** Some clients know structured results that are objects only. */
function projected(server: McpServer['server'], { result, outputSchema }: NamedResult): Result {
  if (result.resultType === 'input_required') return result;
  return server.projectCallToolResult(result as never, outputSchema);
}
