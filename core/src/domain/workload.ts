import { z } from 'zod';
import type { Adapter } from './adapter.ts';
import type { ResourceKind, WorkloadId } from './naming.ts';
import type { Resource } from './resource.ts';
import type { Tool } from './tool.ts';

/** What a platform is asked to run, free of who may use it. */
export interface Workload extends WorkloadId {
  /** Of the resource; replicas of another uid belong to an earlier resource of the same name. */
  readonly uid: string;
  readonly image: { readonly name: string; readonly version: string };
  readonly replicas: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Environment name → `{secret}/{key}`. */
  readonly secretEnvironment: Readonly<Record<string, string>>;
  readonly port: number;
  readonly path: string;
  readonly resources?: Resource['resources'];
  /** Where it may connect to; the platform's default when absent. */
  readonly egress?: Resource['egress'];
  readonly useWorkloadIdentity: boolean;
}

/** The workload of an adapter; equal adapters give equal workloads. */
export function adapterWorkload(adapter: Adapter): Workload {
  return workload('adapter', adapter, adapter);
}

/** The workload of a tool; equal tools give equal workloads. */
export function toolWorkload(tool: Tool): Workload {
  return workload('tool', tool, tool.toolDefinition);
}

function workload(
  kind: ResourceKind,
  resource: Resource,
  { port, path }: Pick<Workload, 'port' | 'path'>,
): Workload {
  const { idleTimeoutSeconds, resources, egress } = resource;
  return {
    kind,
    name: resource.name,
    uid: resource.uid,
    image: { name: resource.imageName, version: resource.imageVersion },
    replicas: resource.disabled === undefined ? resource.replicaCount : 0,
    environment: {
      ...(idleTimeoutSeconds && { MCP_IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds) }),
      ...resource.environmentVariables,
    },
    secretEnvironment: resource.secretEnvironmentVariables,
    port,
    path,
    ...(resources && { resources }),
    ...(egress && { egress }),
    useWorkloadIdentity: resource.useWorkloadIdentity,
  };
}

/** Why a workload is as it is, in words for its owner. */
export const WorkloadCondition = z
  .object({
    reason: z
      .string()
      .describe('Stable word such as Starting, CrashLoopBackOff, ImagePullBackOff, SecretNotFound'),
    message: z.string().describe('For people; may end with the last lines of the log'),
    instance: z.string().optional().describe('The replica it is about, where it is about one'),
  })
  .readonly();
export type WorkloadCondition = z.output<typeof WorkloadCondition>;

/** The wire form of `GET /adapters/{name}/status` and `GET /tools/{name}/status`. */
export const WorkloadStatus = z
  .object({
    readyReplicas: z.int().min(0),
    updatedReplicas: z.int().min(0),
    availableReplicas: z.int().min(0),
    image: z.string(),
    replicaStatus: z.string().describe('Healthy, or "Degraded: r/d ready"'),
    conditions: z.array(WorkloadCondition).readonly(),
  })
  .readonly();
export type WorkloadStatus = z.output<typeof WorkloadStatus>;

/** The summary line of a status: `Healthy` once all desired replicas are ready. */
export function replicaStatus(ready: number, desired: number): string {
  return ready >= desired ? 'Healthy' : `Degraded: ${ready}/${desired} ready`;
}
