import type { Access } from '@mcp-gateway/core/domain/access';
import type { Adapter } from '@mcp-gateway/core/domain/adapter';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Resource } from '@mcp-gateway/core/domain/resource';
import type { Tool } from '@mcp-gateway/core/domain/tool';
import type { ResourceDirectory } from '@mcp-gateway/core/ports/resource-directory';
import type { Call } from './call.ts';
import type { ReviewDependencies } from './call-review.ts';
import { toolDestination, workloadOf, type Destination } from './destination.ts';

/** Everything that can be called, and who may. */
export interface Destinations {
  readonly adapters: ResourceDirectory<Adapter>;
  /** Tools that can be called by their names; absent where that is not served. */
  readonly tools?: ResourceDirectory<Tool> | undefined;
  /** What answers at `/mcp`; absent where there is nothing. */
  readonly router?: (() => Promise<Destination> | undefined) | undefined;
  readonly access: Access;
}

/** What the call names, if the caller may call it. */
export async function destinationOf(
  { adapters, tools, router, access }: Destinations,
  { target: { adapter, tool }, request }: Call,
  principal: Principal,
): Promise<Destination> {
  const allowed = <R extends Resource>(kind: string, found: R | undefined): R => {
    if (found === undefined || found.deletedAt !== undefined) {
      throw new GatewayError('not_found', `There is no such ${kind}.`);
    }
    if (access('call', principal, found)) return found;
    throw new GatewayError('forbidden', `You may not call ${kind} ${found.name}.`);
  };
  if (adapter !== undefined) return allowed('adapter', await adapters.find(adapter));
  if (tool !== undefined) {
    if (request.method !== 'POST') {
      throw new GatewayError('method_not_allowed', 'Tools are called by POST.');
    }
    return toolDestination(allowed('tool', await tools?.find(tool)));
  }
  const found = await router?.();
  if (found !== undefined) return found;
  throw new GatewayError('not_found', 'This gateway has no tool router.');
}

/** What is now where a call went: the router always, the rest as long as it is registered. */
export function currentIn({ adapters, tools }: Destinations): ReviewDependencies['current'] {
  const asDestination = (found: Tool | undefined) => found && toolDestination(found);
  return (destination) => {
    const { kind, name } = workloadOf(destination);
    if (kind === 'service') return destination;
    if (kind === 'adapter') return adapters.find(name);
    const tool = tools?.find(name);
    return tool instanceof Promise ? tool.then(asDestination) : asDestination(tool);
  };
}
