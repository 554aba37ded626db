import { createHash } from 'node:crypto';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { containerLabels, containerName, instanceName } from './names.ts';
import { quantity } from './quantity.ts';

/** The user by which images for Kubernetes run, too. */
const USER = '1100:1100';
const HOME = '/home/mcp';
/** The home and /tmp count as memory, and npx or uvx fill them. */
const DEFAULT_MEMORY = '2Gi';
const MAX_PROCESSES = 1024;
const LOG_OPTIONS = { 'max-size': '10m', 'max-file': '2' };

/** One replica to be made. */
export interface ReplicaPlan {
  readonly workload: Workload;
  readonly ordinal: number;
  readonly hash: string;
  readonly failures: number;
}

/** What one replica's container is made of: equal workloads give equal containers. */
export function containerOptions(
  { scope, registry = '' }: { readonly scope: string; readonly registry?: string | undefined },
  { workload, ordinal, hash, failures }: ReplicaPlan,
  secrets: Readonly<Record<string, string>>,
): ContainerCreateOptions & { readonly name: string } {
  const instance = instanceName(workload, ordinal);
  const port = `${workload.port}/tcp`;
  return {
    name: containerName(scope, instance),
    Hostname: instance.slice(0, 63),
    Image: imageReference(workload.image, registry),
    User: USER,
    Env: environment(workload, secrets),
    Labels: containerLabels(scope, workload, { ordinal, hash, failures }),
    ExposedPorts: { [port]: {} },
    // Readiness is asked from outside; the image's own check would only cost processes.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...limits(workload.resources),
      PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: LOG_OPTIONS },
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: MAX_PROCESSES,
      Tmpfs: {
        '/tmp': 'rw,exec,nosuid,nodev,mode=1777',
        [HOME]: 'rw,exec,nosuid,nodev,mode=0700,uid=1100,gid=1100',
      },
    },
  };
}

/** Changes when replicas have to be replaced to become what is wanted; their number is no reason. */
export function replicaHash(workload: Workload): string {
  const lasting = sorted({ ...workload, replicas: undefined });
  return createHash('sha256').update(JSON.stringify(lasting)).digest('hex').slice(0, 16);
}

/** `{registry}/{name}:{tag}`, or `…@sha256:…` for a digest. */
export function imageReference({ name, version }: Workload['image'], registry = ''): string {
  const repository = registry === '' ? name : `${registry}/${name}`;
  return version.startsWith('sha256:') ? `${repository}@${version}` : `${repository}:${version}`;
}

function environment(workload: Workload, secrets: Readonly<Record<string, string>>): string[] {
  const all = {
    HOME,
    HOST: '0.0.0.0',
    ...workload.environment,
    ...secrets,
    PORT: String(workload.port),
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}

function limits(resources: Workload['resources']): HostConfig {
  const { cpu, memory = DEFAULT_MEMORY } = resources?.limits ?? {};
  const bytes = Math.round(quantity(memory));
  return {
    Memory: bytes,
    MemorySwap: bytes,
    ...(cpu !== undefined && { NanoCpus: Math.round(quantity(cpu) * 1e9) }),
  };
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
