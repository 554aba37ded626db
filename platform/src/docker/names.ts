import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import type { ContainerInfo } from 'dockerode';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { WorkloadKind, WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';

/** As on Kubernetes, and what only containers need to say of themselves. */
const LABEL = {
  type: 'adapter/type',
  name: 'adapter/name',
  manager: 'app.kubernetes.io/managed-by',
  ownerUid: 'mcp-gateway/owner-uid',
  scope: 'mcp-gateway/scope',
  hash: 'mcp-gateway/hash',
  ordinal: 'mcp-gateway/ordinal',
  failures: 'mcp-gateway/failures',
} as const;
const TYPES: Readonly<Record<WorkloadKind, string>> = {
  adapter: 'mcp',
  tool: 'tool',
  service: 'service',
};
const PREVIOUS = '.previous';

/** A container of ours as the engine lists it; all gateways that share it see the same. */
export interface Replica {
  readonly id: string;
  readonly object: string;
  readonly workload: WorkloadId;
  readonly ordinal: number;
  /** Such as `adapter-weather-0`. */
  readonly instance: string;
  readonly ownerUid: string;
  readonly hash: string;
  /** How often the replica had ended in a row before this container. */
  readonly failures: number;
  /** Kept for the sake of its log. */
  readonly previous: boolean;
  /** `created`, `running`, `exited` and the engine's other words. */
  readonly state: string;
  readonly port: number | undefined;
}

/** Separates the containers of one data folder from all others of an engine. */
export function scopeOf(dataDir: string): string {
  return createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12);
}

/** Selects all containers of a scope. */
export function scopeFilter(scope: string): { label: string[] } {
  return { label: [`${LABEL.scope}=${scope}`] };
}

/** The name that only one container can have: the engine itself keeps two gateways from starting a replica twice. */
export function containerName(scope: string, instance: string): string {
  return `${instance}.${scope}`;
}

/** The name of a container that is kept for its log. */
export function previousName(scope: string, instance: string): string {
  return containerName(scope, instance) + PREVIOUS;
}

export function instanceName(id: WorkloadId, ordinal: number): string {
  return `${objectName(id)}-${ordinal}`;
}

/** What a container says of itself. */
export function containerLabels(
  scope: string,
  workload: Workload,
  of: Pick<Replica, 'ordinal' | 'hash' | 'failures'>,
): Record<string, string> {
  return {
    [LABEL.type]: TYPES[workload.kind],
    [LABEL.name]: workload.name,
    [LABEL.manager]: 'mcp-gateway',
    [LABEL.ownerUid]: workload.uid,
    [LABEL.scope]: scope,
    [LABEL.hash]: of.hash,
    [LABEL.ordinal]: String(of.ordinal),
    [LABEL.failures]: String(of.failures),
  };
}

/** Reads a listed container; undefined for one whose labels are not complete. */
export function replicaOf({ Id, Names, Labels, State, Ports }: ContainerInfo): Replica | undefined {
  const kind = (Object.keys(TYPES) as WorkloadKind[]) // TYPES has these keys and no others
    .find((each) => TYPES[each] === Labels[LABEL.type]);
  const { [LABEL.name]: name, [LABEL.ownerUid]: ownerUid, [LABEL.hash]: hash } = Labels;
  if (!kind || !name || ownerUid === undefined || hash === undefined) return undefined;
  const workload = { kind, name };
  const ordinal = Number(Labels[LABEL.ordinal] ?? 0);
  return {
    id: Id,
    object: objectName(workload),
    workload,
    ordinal,
    instance: instanceName(workload, ordinal),
    ownerUid,
    hash,
    failures: Number(Labels[LABEL.failures] ?? 0),
    previous: Names.some((each) => each.endsWith(PREVIOUS)),
    state: State,
    port: Ports.find(({ IP }) => IP === '127.0.0.1')?.PublicPort,
  };
}

/** The object that a container's labels name. */
export function objectOf(labels: Readonly<Record<string, string>>): string | undefined {
  const kind = (Object.keys(TYPES) as WorkloadKind[]) // TYPES has these keys and no others
    .find((each) => TYPES[each] === labels[LABEL.type]);
  const name = labels[LABEL.name];
  return kind && name ? objectName({ kind, name }) : undefined;
}
