import type { KubeConfig } from '@kubernetes/client-node';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Log } from '@mcp-gateway/core/ports/log';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import { apiClient, defaultConfig, type ApiClient } from './api-client.ts';
import { toGatewayError } from './api-error.ts';
import { applyWorkload, tryWorkload } from './apply.ts';
import { clusterView } from './cluster-view.ts';
import { refuseForbidden } from './platform-rules.ts';
import { clusterInquiry } from './inquiry.ts';
import { workloadLogs } from './logs.ts';
import { OWNER, ownerOf, WORKLOADS_SELECTOR, workloadOf } from './names.ts';
import type { Manifest } from './objects.ts';
import { removeWorkload } from './remove.ts';
import { workloadStatus } from './status.ts';
import { listMetadata, WORKLOAD_KINDS } from './workload-objects.ts';
import { WORKLOAD_DEFAULTS, type WorkloadSettings } from './workload-settings.ts';
import type { WorkloadView } from './workload-view.ts';

const FIRST_SYNC_MS = 60_000;
const SEEN_MS = 1000;

export type KubernetesOptions = Partial<WorkloadSettings> &
  Pick<WorkloadSettings, 'namespace' | 'callers'> & {
    readonly log: Log;
    /** Which cluster, and as whom; as kubectl finds it, or the pod's own service account, when absent. */
    readonly config?: KubeConfig;
    /** How long to wait for the first word of what runs. */
    readonly firstSyncMs?: number;
  };

/** Runs workloads on Kubernetes; resolves once it knows what runs there. */
export async function kubernetesOrchestrator(
  options: KubernetesOptions,
): Promise<Orchestrator & { close: () => Promise<void> }> {
  const { log, config = defaultConfig(), firstSyncMs = FIRST_SYNC_MS, ...given } = options;
  const settings: WorkloadSettings = { ...WORKLOAD_DEFAULTS, ...given };
  const { namespace } = settings;
  const api = apiClient(config);
  const view = clusterView(api, namespace, log);
  const inquiry = clusterInquiry(api, namespace);
  const close = async (): Promise<void> => {
    await Promise.all([view.close(), api.close()]);
  };
  await within(firstSyncMs, view.synced).catch(async (error: unknown) => {
    await close();
    throw error;
  });

  return {
    check: (workload) =>
      translated(async () => {
        refuseForbidden(workload, settings);
        await tryWorkload(api, workload, settings);
      }),
    apply: (workload) => translated(() => applied(workload)),
    remove: (id) => translated(() => removed(id)),
    list: () => translated(() => everything(api, namespace)),
    status: (id) => {
      const workload = view.workload(id);
      return workloadStatus(id, workload.set(), workload.pods(), inquiry);
    },
    logs: (id, logOptions, signal) =>
      translated(() =>
        workloadLogs({ api, namespace, view: view.workload(id) }, id, logOptions, signal),
      ),
    endpoints: view.endpoints,
    close,
  };

  async function applied(workload: Workload): Promise<void> {
    const { metadata } = await applyWorkload(api, workload, settings);
    await seen(view.workload(workload), (workloadView) => {
      const meta = workloadView.set()?.meta;
      return meta?.uid === metadata.uid && (meta?.generation ?? 0) >= (metadata.generation ?? 0);
    });
  }

  async function removed(id: WorkloadId): Promise<void> {
    await removeWorkload(api, namespace, id);
    await seen(view.workload(id), ({ set, pods }) => set() === undefined && pods().length === 0);
  }
}

/** What this process wrote is soon what it sees; when the watch is away, it is not waited for. */
async function seen(view: WorkloadView, condition: (view: WorkloadView) => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(SEEN_MS);
  while (!deadline.aborted && !condition(view)) await view.changed(deadline).catch(() => undefined);
}

/** Looks at every kind of object, since a crash may have left any of them alone. */
async function everything(api: ApiClient, namespace: string): Promise<readonly WorkloadId[]> {
  const lists = await Promise.all(
    WORKLOAD_KINDS.map((kind) => listMetadata(api, kind, namespace, WORKLOADS_SELECTOR)),
  );
  const found = new Map<string, WorkloadId>();
  for (const { metadata } of lists.flat()) {
    const id = workloadOf(metadata.labels);
    if (id !== undefined && ownsName(id, metadata)) found.set(ownerOf(id), id);
  }
  return [...found.values()];
}

function ownsName(id: WorkloadId, { annotations, name }: Manifest['metadata']): boolean {
  return annotations?.[OWNER] === ownerOf(id) && name === objectName(id);
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toGatewayError(error);
  }
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = 'The cluster does not tell what runs there; see the log for its answers.';
    late.reject(new GatewayError('unavailable', message));
  }, milliseconds);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
