import { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { PatchStrategy } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';
import { hasStatus } from './api-error.ts';
import { manifests } from './manifests.ts';
import { MANAGER } from './names.ts';
import type { Manifest } from './objects.ts';
import { removeWorkload } from './remove.ts';
import { objectPath } from './resource-path.ts';
import { deleteObject, findObjects, type Found } from './workload-objects.ts';
import type { WorkloadSettings } from './workload-settings.ts';

const ATTEMPTS = 4;

/** Makes the cluster's objects equal to the workload's manifests; returns its StatefulSet as accepted. */
export async function applyWorkload(
  api: ApiClient,
  workload: Workload,
  settings: WorkloadSettings,
): Promise<Manifest> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyOnce(api, workload, settings);
    } catch (error) {
      // Somebody replaced an object between our look and our write, such as another gateway that applies the same.
      if (attempt === ATTEMPTS || !hasStatus(error, 409)) throw error;
    }
  }
}

/** Throws when the cluster would not take the workload; changes nothing. */
export async function tryWorkload(
  api: ApiClient,
  workload: Workload,
  settings: WorkloadSettings,
): Promise<void> {
  const found = await findObjects(api, settings.namespace, workload);
  refuseForeign(found);
  const earlier = found.some((object) => object.ending || object.ownerUid !== workload.uid);
  await Promise.all(
    manifests(workload, settings).map((object) =>
      apply(api, object, earlier ? undefined : uidOf(found, object), { dryRun: 'All' }),
    ),
  ).catch((error: unknown) => {
    if (!(earlier && hasStatus(error, 409))) throw error; // what is in the way goes first
  });
}

async function applyOnce(
  api: ApiClient,
  workload: Workload,
  settings: WorkloadSettings,
): Promise<Manifest> {
  let found = await findObjects(api, settings.namespace, workload);
  refuseForeign(found);
  if (found.some((object) => object.ending || object.ownerUid !== workload.uid)) {
    await removeWorkload(api, settings.namespace, workload);
    found = [];
  }
  const wanted = manifests(workload, settings);
  for (const object of found) {
    if (!wanted.some(({ kind }) => kind === object.kind)) await deleteObject(api, object);
  }
  const applied: Manifest[] = [];
  for (const object of wanted) applied.push(await apply(api, object, uidOf(found, object)));
  return applied.at(-1) ?? Promise.reject(new Error('a workload has objects'));
}

function refuseForeign(found: readonly Found[]): void {
  const foreign = found.find(({ owned }) => !owned);
  if (foreign === undefined) return;
  const name = foreign.path.split('/').at(-1) ?? '';
  throw new GatewayError(
    'conflict',
    `The cluster has a ${foreign.kind} "${name}" that belongs to somebody else.`,
  );
}

/**
 * Server-side apply: fields that are no longer in the manifest go. An object that is there is forced, and only if
 * it is the one that was looked at. A new one is not forced, so one that somebody else makes meanwhile is not taken over.
 */
async function apply(
  api: ApiClient,
  object: Manifest,
  uid: string | undefined,
  query: { readonly dryRun?: 'All' } = {},
): Promise<Manifest> {
  const { namespace = '', name } = object.metadata;
  return api.json<Manifest>({
    method: 'PATCH',
    path: objectPath({ apiVersion: object.apiVersion, kind: object.kind, namespace }, name),
    query: { fieldManager: MANAGER, force: uid !== undefined, fieldValidation: 'Strict', ...query },
    contentType: PatchStrategy.ServerSideApply,
    body: { ...object, metadata: { ...object.metadata, ...(uid !== undefined && { uid }) } },
  });
}

function uidOf(found: readonly Found[], { kind }: Manifest): string | undefined {
  return found.find((object) => object.kind === kind)?.uid;
}
