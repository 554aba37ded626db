import { Adapter } from '@mcp-gateway/core/domain/adapter';
import { TOOL_ROUTER, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Tool } from '@mcp-gateway/core/domain/tool';

/** Where a call goes: an adapter, or something that takes calls as one does. */
export interface Destination extends Adapter {
  /** What runs for it, where that is not an adapter's. */
  readonly workload?: WorkloadId;
  /** Proves to the destination that the gateway calls; only first-party services are given it. */
  readonly secret?: string;
}

/** What runs for a destination. */
export function workloadOf({ name, workload }: Destination): WorkloadId {
  return workload ?? { kind: 'adapter', name };
}

/** How a destination is called in metrics, logs and limits: adapters by their names, others so that none is taken for one. */
export function labelOf(destination: Destination): string {
  const { kind, name } = workloadOf(destination);
  return kind === 'tool' ? `tools/${name}` : name;
}

/** The server of a registered tool, which takes calls at the path of its definition. */
export function toolDestination({ toolDefinition, ...tool }: Tool): Destination {
  const { port, path } = toolDefinition;
  return { ...tool, port, path, exposeTools: false, workload: { kind: 'tool', name: tool.name } };
}

/** The tool router. Its name is reserved, so that nothing of it can be taken for an adapter's. */
export function routerDestination(secret: string): Destination {
  const { name } = TOOL_ROUTER;
  const time = new Date(0).toISOString();
  const record = Adapter.parse({
    // The schema of names refuses reserved ones, so it is put in afterwards.
    name: 'router',
    imageName: name,
    imageVersion: 'own',
    uid: name,
    createdBy: '',
    createdAt: time,
    lastUpdatedAt: time,
  });
  return { ...record, name, workload: TOOL_ROUTER, secret };
}
