import { objectName, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { ApiClient } from './api-client.ts';
import { hasStatus } from './api-error.ts';
import { MANAGED_BY, MANAGER, OWNER, OWNER_UID, ownerOf } from './names.ts';
import type { Manifest } from './objects.ts';
import { collectionPath, objectPath } from './resource-path.ts';

/** The kinds of object that a workload may have, in the order in which they are made. */
export const WORKLOAD_KINDS = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** An object as the cluster has it under a workload's name, whoever made it. */
export interface Found {
  readonly kind: WorkloadKind['kind'];
  readonly path: string;
  readonly uid: string;
  readonly owned: boolean;
  /** Of the resource that it was made for. */
  readonly ownerUid: string | undefined;
  readonly ending: boolean;
}

/** All that has the workload's name, in the order in which it was made. */
export async function findObjects(
  api: ApiClient,
  namespace: string,
  id: WorkloadId,
): Promise<readonly Found[]> {
  const found = await Promise.all(
    WORKLOAD_KINDS.map(async (type) => {
      const path = objectPath({ ...type, namespace }, objectName(id));
      const object = await read(api, path);
      return object && describe(object, type.kind, path, id);
    }),
  );
  return found.filter((object) => object !== undefined);
}

async function read(api: ApiClient, path: string): Promise<Manifest | undefined> {
  try {
    return await api.json<Manifest>({ path, accept: METADATA_ONLY });
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

const METADATA_ONLY =
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=1,application/json';
const METADATA_LIST =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=1,application/json';

function describe(
  { metadata }: Manifest,
  kind: WorkloadKind['kind'],
  path: string,
  id: WorkloadId,
): Found {
  const { labels, annotations } = metadata;
  return {
    kind,
    path,
    uid: metadata.uid ?? '',
    owned: labels?.[MANAGED_BY] === MANAGER && annotations?.[OWNER] === ownerOf(id),
    ownerUid: annotations?.[OWNER_UID],
    ending: metadata.deletionTimestamp !== undefined,
  };
}

/** What is said of all objects of one kind that carry the labels. */
export async function listMetadata(
  api: ApiClient,
  kind: { readonly apiVersion: string; readonly kind: string },
  namespace: string,
  labelSelector: string,
): Promise<readonly Manifest[]> {
  const items: Manifest[] = [];
  for (let next: string | undefined; ;) {
    const page = await api.json<{
      readonly items: readonly Manifest[];
      readonly metadata: { readonly continue?: string };
    }>({
      path: collectionPath({ ...kind, namespace }),
      query: { labelSelector, limit: 500, continue: next },
      accept: METADATA_LIST,
    });
    items.push(...page.items);
    next = page.metadata.continue;
    if (!next) return items;
  }
}

/** Deletes exactly the object that was found, whatever has its name by now; what is gone is well. */
export async function deleteObject(
  api: ApiClient,
  { path, uid }: { readonly path: string; readonly uid: string },
  options: { readonly gracePeriodSeconds?: number; readonly propagationPolicy?: 'Orphan' } = {},
): Promise<void> {
  const body = { preconditions: { uid }, propagationPolicy: 'Background', ...options };
  try {
    await api.json({ method: 'DELETE', path, body });
  } catch (error) {
    if (!hasStatus(error, 404, 409)) throw error;
  }
}
