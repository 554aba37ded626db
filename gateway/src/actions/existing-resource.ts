import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { ResourceName, type ResourceKind } from '@mcp-gateway/core/domain/naming';
import type { Resource } from '@mcp-gateway/core/domain/resource';
import type { ResourceStore, Stored } from '@mcp-gateway/core/ports/resource-store';

/** Where one kind of resource is kept. */
interface Kept<R extends Resource> {
  readonly kind: { readonly kind: ResourceKind };
  readonly store: ResourceStore<R>;
}

/** The living resource of this name; throws `not_found`, also for names that none can have. */
export async function existing<R extends Resource>(
  kept: Kept<R>,
  name: string,
): Promise<Stored<R>> {
  const stored = await recorded(kept, name);
  if (stored.value.deletedAt !== undefined) throw notFound(kept.kind.kind, name);
  return stored;
}

/** As `existing`, and resources whose deletion has begun as well. */
export async function recorded<R extends Resource>(
  { kind, store }: Kept<R>,
  name: string,
): Promise<Stored<R>> {
  const stored = ResourceName.safeParse(name).success ? await store.get(name) : undefined;
  if (stored === undefined) throw notFound(kind.kind, name);
  return stored;
}

function notFound(kind: ResourceKind, name: string): GatewayError {
  const printable = ResourceName.safeParse(name).success ? ` "${name}"` : ' of this name';
  return new GatewayError('not_found', `There is no ${kind}${printable}.`);
}
