import { objectName, type WorkloadKind, type WorkloadId } from '@mcp-gateway/core/domain/naming';

/** The field manager and the value of the `managed-by` label on all that the gateway makes. */
export const MANAGER = 'mcp-gateway';
export const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** The annotations that say which resource an object belongs to, and which incarnation of it. */
export const OWNER = 'mcp-gateway/owner';
export const OWNER_UID = 'mcp-gateway/owner-uid';

/** The labels that clients of the established gateway look for; they are also the whole selector of a workload. */
export const TYPE_LABEL = 'adapter/type';
export const NAME_LABEL = 'adapter/name';

/** The name of a workload's only container and of its port. */
export const CONTAINER = 'mcp-server';
export const PORT_NAME = 'mcp';

/** The user by which existing images are known to run. */
export const RUN_AS = 1100;

/** Selects all that the gateway has made for workloads, of any kind of object. */
export const WORKLOADS_SELECTOR = `${MANAGED_BY}=${MANAGER},${TYPE_LABEL}`;

const TYPES: Readonly<Record<WorkloadKind, string>> = {
  adapter: 'mcp',
  tool: 'tool',
  service: 'service',
};

/** The labels that select a workload's pods; they never change in its life. */
export function selectorLabels({ kind, name }: WorkloadId): Record<string, string> {
  return { [TYPE_LABEL]: TYPES[kind], [NAME_LABEL]: name };
}

/** The labels of all objects of a workload; none of their values but the two selected ones is the user's choice alone. */
export function objectLabels(id: WorkloadId): Record<string, string> {
  return {
    'app.kubernetes.io/name': `mcp-${id.kind}`,
    'app.kubernetes.io/instance': objectName(id),
    'app.kubernetes.io/component': id.kind,
    'app.kubernetes.io/part-of': MANAGER,
    [MANAGED_BY]: MANAGER,
    ...selectorLabels(id),
  };
}

/** The value of the owner annotation, such as `adapter/weather`. */
export function ownerOf({ kind, name }: WorkloadId): string {
  return `${kind}/${name}`;
}

/** The annotations of all objects of a resource, and of its replicas. */
export function ownerAnnotations(
  owner: WorkloadId & { readonly uid: string },
): Record<string, string> {
  return { [OWNER]: ownerOf(owner), [OWNER_UID]: owner.uid };
}

/** The workload that an object's labels name; undefined for labels that are not ours. */
export function workloadOf(
  labels: Readonly<Record<string, string>> | undefined,
): WorkloadId | undefined {
  if (labels?.[MANAGED_BY] !== MANAGER) return undefined;
  const name = labels[NAME_LABEL];
  const kind = (Object.keys(TYPES) as WorkloadKind[]) // TYPES has these keys and no others
    .find((candidate) => TYPES[candidate] === labels[TYPE_LABEL]);
  return name && kind ? { kind, name } : undefined;
}
