import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { SignIn } from '@mcp-gateway/core/domain/settings/entra-settings';
import { z } from 'zod';
import { parameter, type GatewayContext, type Route } from './route.ts';

export interface WellKnownRouteDependencies {
  /** Absent where callers have no tokens. */
  readonly signIn?: SignIn | undefined;
  readonly publicOrigin: () => string;
}

/** Path of the metadata; the path of the resource itself comes behind it (RFC 9728 section 3.1). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

const ResourceMetadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()).optional(),
  bearer_methods_supported: z.array(z.string()),
});
const NAME = /^[a-z0-9-]{1,64}$/;

/** Where tokens for each MCP endpoint, and for the API, are to be had. */
export function wellKnownRoutes(deps: WellKnownRouteDependencies): readonly Route[] {
  const { signIn } = deps;
  if (signIn === undefined) return [];
  const route = (path: string, id: string, summary: string): Route => ({
    method: 'get',
    path: `${RESOURCE_METADATA_PATH}${path}`,
    id,
    summary,
    tag: 'Gateway',
    anonymous: true,
    answers: { 200: { description: 'Metadata (RFC 9728)', schema: ResourceMetadata } },
    failures: path.includes(':') ? ['not_found'] : [],
    handle: (ctx) => {
      ctx.body = metadata(signIn, `${deps.publicOrigin()}${named(ctx, path)}`);
    },
  });
  return [
    route('', 'apiMetadata', 'Who issues tokens for this API'),
    route('/mcp', 'mcpMetadata', 'Who issues tokens for the tools of all servers'),
    route('/adapters/:name/mcp', 'adapterMetadata', 'Who issues tokens for one MCP server'),
  ];
}

/** The same whether the adapter exists or not, for nobody has signed in yet. */
function named(ctx: GatewayContext, path: string): string {
  if (!path.includes(':')) return path;
  const name = parameter(ctx, 'name');
  if (!NAME.test(name)) throw new GatewayError('not_found', 'There is nothing at this path.');
  return path.replace(':name', name);
}

function metadata(signIn: SignIn, resource: string): z.output<typeof ResourceMetadata> {
  return {
    resource,
    authorization_servers: [signIn.authorizationServer],
    ...(signIn.scope !== undefined && { scopes_supported: [signIn.scope] }),
    bearer_methods_supported: ['header'],
  };
}
