import type { V1Lease } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';
import { hasStatus } from './api-error.ts';
import type { Manifest } from './objects.ts';
import { collectionPath, objectPath } from './resource-path.ts';

export interface LeaseOptions {
  readonly api: ApiClient;
  readonly namespace: string;
  readonly name: string;
  /** Differs between replicas, such as the pod's name. */
  readonly holder: string;
  /** For so long a holder that is not heard of any more keeps the lease. */
  readonly durationSeconds: number;
}

/** A Lease object that one of several replicas holds at a time. */
export interface Lease {
  /** True when this replica holds it from now on for its duration. Throws when the API server cannot be asked. */
  take: (signal: AbortSignal) => Promise<boolean>;
  /** Lets another have it at once. */
  release: (signal: AbortSignal) => Promise<void>;
}

type LeaseObject = Manifest<V1Lease>;

/** The lease of a name; clocks of replicas may differ, so only the own one is read. */
export function clusterLease(options: LeaseOptions): Lease {
  const { api, namespace, name, holder } = options;
  const collection = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace };
  const path = objectPath(collection, name);
  let seen = { version: '', at: 0 };

  async function read(signal: AbortSignal): Promise<LeaseObject | undefined> {
    const lease = await orUndefined(404, api.json<LeaseObject>({ path, signal }));
    const version = lease?.metadata.resourceVersion ?? '';
    if (version !== seen.version) seen = { version, at: performance.now() };
    return lease;
  }

  function isFree({ spec }: LeaseObject): boolean {
    const current = spec?.holderIdentity ?? '';
    const quiet = performance.now() - seen.at;
    return current === '' || current === holder || quiet > 1000 * (spec?.leaseDurationSeconds ?? 0);
  }

  async function write(
    lease: LeaseObject | undefined,
    holderIdentity: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const body = leaseObject(options, lease, holderIdentity);
    const request =
      lease === undefined
        ? ({ method: 'POST', path: collectionPath(collection) } as const)
        : ({ method: 'PUT', path } as const);
    return (await orUndefined(409, api.json({ ...request, body, signal }))) !== undefined;
  }

  return {
    take: async (signal) => {
      const lease = await read(signal);
      return (lease === undefined || isFree(lease)) && (await write(lease, holder, signal));
    },
    release: async (signal) => {
      const lease = await read(signal);
      if (lease?.spec?.holderIdentity === holder) await write(lease, '', signal);
    },
  };
}

/** The object to write; its version makes sure that nobody else has written meanwhile. */
function leaseObject(
  { namespace, name, durationSeconds }: LeaseOptions,
  lease: LeaseObject | undefined,
  holderIdentity: string,
): LeaseObject {
  const now = new Date().toISOString().replace('Z', '000Z'); // microseconds
  const same = lease?.spec?.holderIdentity === holderIdentity;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: lease?.metadata ?? { namespace, name },
    spec: {
      holderIdentity,
      leaseDurationSeconds: durationSeconds,
      renewTime: now,
      acquireTime: (same ? lease.spec.acquireTime : undefined) ?? now,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (same ? 0 : 1),
    },
  };
}

async function orUndefined<T>(status: number, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasStatus(error, status)) return undefined;
    throw error;
  }
}
