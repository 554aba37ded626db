import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { SignIn } from '@mcp-gateway/core/domain/settings/entra-settings';
import { z } from 'zod';
import { parseQuery } from './parse.ts';
import { caller, parameter, type GatewayContext, type Route } from './route.ts';

export interface ClientConfigRouteDependencies {
  readonly adapters: {
    /** Throws unless the caller may read the adapter. */
    readonly get: (principal: Principal, name: string) => Promise<unknown>;
  };
  readonly publicOrigin: () => string;
  /** Absent where callers have no tokens. */
  readonly signIn?: SignIn | undefined;
}

/** An MCP endpoint as its clients need to know it. */
interface Connection {
  readonly name: string;
  readonly url: string;
  /** With which a client signs in that brings none of its own. */
  readonly clientId?: string | undefined;
  readonly scope?: string | undefined;
  /** What callers say of themselves where nobody vouches for them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** VS Code and Claude Code write a server alike. */
const httpServer = ({ url, clientId, headers }: Connection) => ({
  type: 'http',
  url,
  ...(headers && { headers }),
  ...(clientId && { oauth: { clientId } }),
});

/** The configuration file of each client, as its own documentation has it. */
const FILES = {
  /** `.vscode/mcp.json` */
  vscode: (to: Connection) => ({ servers: { [to.name]: httpServer(to) } }),
  /** Claude Code's `.mcp.json` */
  claude: (to: Connection) => ({ mcpServers: { [to.name]: httpServer(to) } }),
  /** `.cursor/mcp.json` */
  cursor: ({ name, url, clientId, scope, headers }: Connection) => ({
    mcpServers: {
      [name]: {
        url,
        ...(headers && { headers }),
        ...(clientId && { auth: { CLIENT_ID: clientId, ...(scope && { scopes: [scope] }) } }),
      },
    },
  }),
} as const;

const CLIENTS = ['vscode', 'claude', 'cursor'] as const satisfies (keyof typeof FILES)[];
const Query = z.object({
  client: z
    .enum(CLIENTS, { error: `must be one of ${CLIENTS.join(', ')}` })
    .describe('Whose configuration file'),
});

/** Ready configuration files for MCP clients. */
export function clientConfigRoutes(deps: ClientConfigRouteDependencies): readonly Route[] {
  return [
    {
      ...common('adapterClientConfig', 'The configuration file with which a client connects to it'),
      path: '/adapters/:name/client-config',
      tag: 'Adapters',
      failures: ['not_found', 'unavailable'],
      handle: async (ctx) => {
        const { client } = parseQuery(ctx, Query);
        const name = parameter(ctx, 'name');
        await deps.adapters.get(caller(ctx), name);
        give(ctx, FILES[client](connection(deps, ctx, { name, path: `/adapters/${name}/mcp` })));
      },
    },
    {
      ...common('mcpClientConfig', 'The configuration file with which a client has the tools of all servers'), // prettier-ignore
      path: '/mcp/client-config',
      tag: 'Gateway',
      failures: [],
      handle: (ctx) => {
        const { client } = parseQuery(ctx, Query);
        give(ctx, FILES[client](connection(deps, ctx, { name: 'mcp-gateway', path: '/mcp' })));
      },
    },
  ];
}

function common(id: string, summary: string) {
  const answer = { description: 'The file', schema: z.looseObject({}) };
  return { method: 'get', id, summary, query: Query, answers: { 200: answer } } as const;
}

function connection(
  { publicOrigin, signIn }: ClientConfigRouteDependencies,
  ctx: GatewayContext,
  { name, path }: { readonly name: string; readonly path: string },
): Connection {
  const url = `${publicOrigin()}${path}`;
  if (signIn === undefined) return { name, url, headers: saidOf(caller(ctx)) };
  return { name, url, clientId: signIn.clientId, scope: signIn.scope };
}

/** The client shall be who asked for the file. */
function saidOf({ id, name, roles }: Principal): Record<string, string> {
  return {
    'X-Dev-UserId': id,
    ...(name !== undefined && { 'X-Dev-Name': name }),
    'X-Dev-Roles': roles.join(','),
  };
}

/** Laid out for people, who will look at it. */
function give(ctx: GatewayContext, file: object): void {
  ctx.type = 'application/json';
  ctx.body = `${JSON.stringify(file, null, 2)}\n`;
}
