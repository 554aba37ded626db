import type { AdapterSpec, AdapterView } from '@mcp-gateway/core/domain/adapter';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import type { WorkloadStatus } from '@mcp-gateway/core/domain/workload';
import type { LogOptions } from '@mcp-gateway/core/ports/orchestrator';
import type { Stored } from '@mcp-gateway/core/ports/resource-store';
import { authorize } from './authorize.ts';
import { createResource } from './create-resource.ts';
import { deleteResource } from './delete-resource.ts';
import { existing } from './existing-resource.ts';
import { listResources, searchResources, type Page, type Place, type Search } from './list-resources.ts'; // prettier-ignore
import type { Precondition } from './precondition.ts';
import { replaceResource, type Replacement } from './replace-resource.ts';
import type { ResourceDependencies } from './resource-dependencies.ts';
import { transferResource, type Transfer } from './transfer-resource.ts';
import { turnResource, withSwitch, type Turn } from './turn-resource.ts';

/** A resource as its caller may see it, with its version. */
export interface ShownResource<V> {
  readonly view: V;
  readonly etag: string;
}

/** What can be done with resources of one kind, each asking the policy first; errors are `GatewayError`s. */
export interface ResourceActions<S, V> {
  create: (principal: Principal, spec: S) => Promise<ShownResource<V>>;
  get: (principal: Principal, name: string) => Promise<ShownResource<V>>;
  list: (
    principal: Principal,
    options: { limit?: number; after?: string },
  ) => Promise<Page<V, string>>;
  search: (principal: Principal, search: Search) => Promise<Page<V, Place>>;
  replace: (principal: Principal, replacement: Replacement<S>) => Promise<ShownResource<V>>;
  transfer: (principal: Principal, transfer: Transfer) => Promise<ShownResource<V>>;
  remove: (principal: Principal, name: string, precondition: Precondition) => Promise<void>;
  /** Switches it off, so that nothing of it runs and nobody is served, or on again. */
  turn: (principal: Principal, turn: Turn) => Promise<ShownResource<V>>;
  status: (principal: Principal, name: string) => Promise<WorkloadStatus>;
  logs: (
    principal: Principal,
    name: string,
    options: LogOptions,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<string>>;
}
export type AdapterActions = ResourceActions<AdapterSpec, AdapterView>;

/** The use cases of one kind over their ports. */
export function resourceActions<S extends WorkloadSpec, V extends { readonly name: string }>(
  deps: ResourceDependencies<S, V>,
): ResourceActions<S, V> {
  const { access, orchestrator } = deps;
  const { kind } = deps.kind;
  const readable = async (principal: Principal, name: string): Promise<Stored<Recorded<S>>> => {
    const stored = await existing(deps, name);
    authorize(access, principal, { operation: 'read', kind, resource: stored.value });
    return stored;
  };
  const workloadId = async (principal: Principal, name: string): Promise<WorkloadId> => ({
    kind,
    name: (await readable(principal, name)).value.name,
  });
  const view = (principal: Principal, resource: Recorded<S>): V =>
    deps.kind.view(resource, access('read_values', principal, resource));
  const shown = (principal: Principal, { value, etag }: Stored<Recorded<S>>) => ({
    view: view(principal, value),
    etag,
  });

  return {
    create: async (principal, spec) =>
      shown(principal, await createResource(deps, principal, spec)),
    get: async (principal, name) => shown(principal, await readable(principal, name)),
    list: async (principal, options) => {
      const { items, ...rest } = await listResources(deps, principal, options);
      return { items: items.map((one) => view(principal, one)), ...rest };
    },
    search: async (principal, search) => {
      const { items, ...rest } = await searchResources(deps, principal, search);
      return { items: items.map((one) => view(principal, one)), ...rest };
    },
    replace: async (principal, replacement) =>
      shown(principal, await replaceResource(deps, principal, replacement)),
    transfer: async (principal, transfer) =>
      shown(principal, await transferResource(deps, principal, transfer)),
    remove: (principal, name, precondition) => deleteResource(deps, principal, name, precondition),
    turn: async (principal, turn) => shown(principal, await turnResource(deps, principal, turn)),
    status: async (principal, name) => {
      const { value } = await readable(principal, name);
      return withSwitch(await orchestrator.status({ kind, name: value.name }), value);
    },
    logs: async (principal, name, options, signal) =>
      orchestrator.logs(await workloadId(principal, name), options, signal),
  };
}
