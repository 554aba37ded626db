import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName } from '@mcp-gateway/core/domain/naming';
import type { WorkloadId } from '@mcp-gateway/core/domain/naming';
import { SettingsError } from '@mcp-gateway/core/domain/settings/settings';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { LogOptions, Orchestrator } from '@mcp-gateway/core/ports/orchestrator';
import { replicaLogs, secretEnvironment } from './launch-plan.ts';
import { replicaLog } from './logs.ts';
import { nodeOf } from './node.ts';
import type { Node } from './node.ts';
import type { ProcessOrchestratorOptions } from './options.ts';
import { SecretError } from './secrets.ts';
import { missingStatus, workloadStatus } from './status.ts';

const REMOVAL_POLL_MS = 25;

/** Runs workloads as child processes of this machine. */
export type ProcessOrchestrator = Orchestrator & {
  /** Stops taking part; the last gateway to close ends all replicas. */
  close: () => Promise<void>;
};

/** Joins the gateways that share `dataDir`; the first of them ends what a crash left behind before this resolves. */
export async function processOrchestrator(
  given: ProcessOrchestratorOptions,
): Promise<ProcessOrchestrator> {
  if (process.platform === 'win32') {
    throw new SettingsError('Running MCP servers as processes needs Linux or macOS; use WSL here');
  }
  const options = { ...given, dataDir: resolve(given.dataDir) };
  const node = await nodeOf(options);
  const { records } = node;
  return {
    check: (workload) => attempt(() => assertRunnable(options, workload)),
    apply: (workload) =>
      attempt(() => {
        records.want(workload);
        node.changed(objectName(workload));
      }),
    remove: (id) => removed(options.dataDir, node, id),
    list: () =>
      attempt(() => records.workloads().map(({ spec: { kind, name } }) => ({ kind, name }))),
    status: (id) =>
      attempt(() => {
        const object = objectName(id);
        const workload = records.workload(object);
        return workload && !workload.removed
          ? workloadStatus(object, workload.spec, records.wantedReplicas(object))
          : missingStatus(object);
      }),
    logs: (id, wanted, signal) => attempt(() => logsOf(options.dataDir, node, id, wanted, signal)),
    endpoints: node.endpoints,
    close: node.close,
  };
}

function assertRunnable(options: ProcessOrchestratorOptions, workload: Workload): void {
  options.images.resolve(workload.image);
  try {
    secretEnvironment(options.dataDir, workload);
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause;
    throw new GatewayError('invalid_request', cause.message, {
      cause,
      errors: [{ path: 'secretEnvironmentVariables', message: cause.message }],
    });
  }
}

async function removed(dataDir: string, node: Node, id: WorkloadId): Promise<void> {
  const object = objectName(id);
  const revision = node.records.unwant(id);
  node.changed(object);
  // Made again meanwhile, it counts its revisions anew, so the number alone does not tell.
  const isThere = (): boolean => {
    const now = node.records.workload(object);
    return now?.removed === true && now.revision === revision;
  };
  while (isThere()) {
    if (node.isClosed()) throw new GatewayError('unavailable', 'The gateway is shutting down.');
    await delay(REMOVAL_POLL_MS);
  }
  if (!node.records.workload(object)) {
    rmSync(join(dataDir, 'logs', object), { recursive: true, force: true });
  }
}

function logsOf(
  dataDir: string,
  { records }: Node,
  id: WorkloadId,
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<string> {
  const object = objectName(id);
  const workload = records.workload(object);
  const { instance } = options;
  if (!workload || workload.removed || !(instance >= 0 && instance < workload.spec.replicas)) {
    throw new GatewayError('not_found', `There is no replica ${object}-${instance}.`);
  }
  const folder = replicaLogs(dataDir, workload.spec, instance);
  return replicaLog(folder, `${object}-${instance}`, options, signal);
}

/** The records answer at once; the port promises promises. */
function attempt<R>(act: () => R): Promise<R> {
  return new Promise((done) => {
    done(act());
  });
}
