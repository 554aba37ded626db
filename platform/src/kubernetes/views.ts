import type { V1EndpointSlice, V1Pod, V1StatefulSet } from '@kubernetes/client-node';
import { CONTAINER, OWNER, ownerOf, PORT_NAME, workloadOf } from './names.ts';
import type { Manifest, ObjectMeta, Wire } from './objects.ts';

type Wired<T> = Manifest<T>;
type ContainerStatus = NonNullable<NonNullable<Wire<V1Pod>['status']>['containerStatuses']>[number];

interface Viewed<V> {
  readonly group: string;
  readonly value: V;
}

/** What is kept in memory of a StatefulSet. */
export interface SetView {
  readonly meta: ObjectMeta;
  readonly desired: number;
  readonly image: string;
  /** Of the newest template; undefined while the controller has not seen that. */
  readonly revision: string | undefined;
}

/** What is kept in memory of a pod. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly ending: boolean;
  readonly ordinal: number;
  readonly revision: string | undefined;
  readonly phase: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly conditions: NonNullable<NonNullable<Wire<V1Pod>['status']>['conditions']>;
  readonly container: ContainerStatus | undefined;
}

/** What is kept in memory of an EndpointSlice. */
export interface SliceView {
  readonly port: number | undefined;
  readonly replicas: readonly SliceEndpoint[];
}

export interface SliceEndpoint {
  readonly address: string;
  readonly pod: string;
  readonly podUid: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** The part of a StatefulSet that counts; undefined for one that the gateway has not made. */
export function setView(set: Wired<V1StatefulSet>): Viewed<SetView> | undefined {
  const group = ownGroup(set.metadata);
  if (group === undefined) return undefined;
  const { metadata: meta, spec, status } = set;
  const seen = status?.observedGeneration === meta.generation;
  const value = {
    meta,
    desired: spec?.replicas ?? 1,
    image: spec?.template.spec?.containers[0]?.image ?? '',
    revision: seen ? status?.updateRevision : undefined,
  };
  return { group, value };
}

/** The part of a pod that counts; undefined for one that is not of a workload. */
export function podView({ metadata, status }: Wired<V1Pod>): Viewed<PodView> | undefined {
  const group = ownGroup(metadata);
  if (group === undefined) return undefined;
  const value = {
    name: metadata.name,
    uid: metadata.uid ?? '',
    ending: metadata.deletionTimestamp !== undefined,
    ordinal: Number(metadata.name.split('-').at(-1)),
    revision: metadata.labels?.['controller-revision-hash'],
    phase: status?.phase ?? 'Pending',
    reason: status?.reason,
    message: status?.message,
    conditions: status?.conditions ?? [],
    container: status?.containerStatuses?.find(({ name }) => name === CONTAINER),
  };
  return { group, value };
}

/** The part of an EndpointSlice that counts; its labels are those of the Service. */
export function sliceView(slice: Wired<V1EndpointSlice>): Viewed<SliceView> | undefined {
  const id = workloadOf(slice.metadata.labels);
  if (id === undefined) return undefined;
  const value = {
    port: slice.ports?.find(({ name }) => name === PORT_NAME)?.port,
    replicas: (slice.endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) => {
      const [address] = addresses;
      if (!address || targetRef?.kind !== 'Pod') return [];
      return {
        address,
        pod: targetRef.name ?? '',
        podUid: targetRef.uid ?? '',
        ready: conditions?.ready ?? true, // absent means unknown, which is to be taken as ready
        serving: conditions?.serving ?? conditions?.ready ?? true,
        terminating: conditions?.terminating ?? false,
      };
    }),
  };
  return { group: ownerOf(id), value };
}

/** The group of an object that the gateway owns: its labels and its annotation must agree. */
function ownGroup({ labels, annotations }: ObjectMeta): string | undefined {
  const id = workloadOf(labels);
  if (id === undefined) return undefined;
  const group = ownerOf(id);
  return annotations?.[OWNER] === group ? group : undefined;
}
