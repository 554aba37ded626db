import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { objectName, type WorkloadId } from '@mcp-gateway/core/domain/naming';
import { replicaStatus, type Workload } from '@mcp-gateway/core/domain/workload';
import type { Orchestrator } from '@mcp-gateway/core/ports/orchestrator';

/** An orchestrator that runs nothing, remembers what it was asked for and fails as it is told. */
export interface RecordingOrchestrator extends Orchestrator {
  readonly running: Map<string, Workload>;
  readonly calls: string[];
  /** Called before an operation takes effect; what it throws is the operation's failure. */
  before: (operation: 'check' | 'apply' | 'remove', name: string) => unknown;
  /** What `logs` delivers; endless when it follows and the signal is not aborted. */
  log: string[];
}

/** A fresh one, on which every replica is ready at once. */
export function recordingOrchestrator(): RecordingOrchestrator {
  const running = new Map<string, Workload>();
  const calls: string[] = [];
  const act = async (operation: 'check' | 'apply' | 'remove', name: string): Promise<void> => {
    calls.push(`${operation} ${name}`);
    await orchestrator.before(operation, name);
  };
  const orchestrator: RecordingOrchestrator = {
    running,
    calls,
    log: ['one\n', 'two\n'],
    before: () => undefined,
    check: (workload) => act('check', workload.name),
    apply: async (workload) => {
      await act('apply', workload.name);
      running.set(objectName(workload), workload);
    },
    remove: async (id) => {
      await act('remove', id.name);
      running.delete(objectName(id));
    },
    list: () => Promise.resolve([...running.values()].map(({ kind, name }) => ({ kind, name }))),
    status: (id) => {
      const workload = running.get(objectName(id));
      const replicas = workload?.replicas ?? 0;
      return Promise.resolve({
        readyReplicas: replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        image: workload ? `${workload.image.name}:${workload.image.version}` : '',
        replicaStatus: replicaStatus(replicas, replicas),
        conditions: [],
      });
    },
    logs: (id, { instance, tail, follow }, signal) => {
      if (instance >= (running.get(objectName(id))?.replicas ?? 0)) {
        return Promise.reject(new GatewayError('not_found', 'There is no such replica.'));
      }
      return Promise.resolve(lines(orchestrator.log.slice(-tail), follow, signal));
    },
    endpoints: {
      of: (id: WorkloadId) =>
        Array.from({ length: running.get(objectName(id))?.replicas ?? 0 }, (_, ordinal) => ({
          instance: `${objectName(id)}-${ordinal}`,
          uid: `${ordinal}`,
          origin: 'http://127.0.0.1:9',
          draining: false,
        })),
      changed: () => Promise.resolve(),
    },
  };
  return orchestrator;
}

async function* lines(
  written: readonly string[],
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield* written;
  if (!follow || signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
