import type { WorkloadCondition, WorkloadStatus } from '@mcp-gateway/core/domain/workload';
import { replicaStatus } from '@mcp-gateway/core/domain/workload';
import type { Exit } from './exits.ts';
import type { PullState } from './image-pulls.ts';
import type { Replica } from './names.ts';
import { instanceName } from './names.ts';
import type { Look } from './observer.ts';
import type { Readiness } from './readiness.ts';
import type { Trouble } from './trouble.ts';

/** What is known of one workload. */
export interface Situation extends Look {
  readonly readiness: (id: string) => Readiness;
  readonly exit: (id: string) => Exit | undefined;
  readonly trouble: (ordinal: number) => Trouble | undefined;
  readonly pull: PullState | undefined;
}

/** The wire form of what is known. */
export function statusOfWorkload(situation: Situation): WorkloadStatus {
  const { wanted, replicas, readiness, engineTrouble } = situation;
  const running = replicas.filter(({ state, previous }) => state === 'running' && !previous);
  const ready = running.filter(({ id }) => readiness(id).state === 'ready').length;
  const count = wanted?.workload.replicas ?? 0;
  const conditions = Array.from({ length: count }, (_, ordinal) => condition(situation, ordinal));
  return {
    readyReplicas: ready,
    updatedReplicas: running.filter(({ hash }) => hash === wanted?.hash).length,
    availableReplicas: ready,
    image: wanted ? `${wanted.workload.image.name}:${wanted.workload.image.version}` : '',
    replicaStatus: replicaStatus(ready, count),
    conditions: [
      ...(engineTrouble === undefined ? [] : [{ reason: 'EngineUnavailable', message: engineTrouble }]), // prettier-ignore
      ...(wanted ? [] : [NOT_THERE]),
      ...conditions.filter((each) => each !== undefined),
    ],
  };
}

function condition(situation: Situation, ordinal: number): WorkloadCondition | undefined {
  const { wanted, replicas } = situation;
  if (!wanted) return undefined;
  const instance = instanceName(wanted.workload, ordinal);
  const those = replicas.filter((replica) => replica.ordinal === ordinal);
  const current = those.find(({ previous }) => !previous);
  const trouble =
    current?.state === 'running' && current.hash === wanted.hash
      ? unreadyTrouble(situation, current, those)
      : (situation.trouble(ordinal) ?? pullTrouble(situation.pull) ?? endTrouble(situation, current) ?? STARTING); // prettier-ignore
  return trouble && { ...trouble, instance };
}

const NOT_THERE = { reason: 'NotFound', message: 'Nothing runs under this name.' };
const STARTING = { reason: 'Starting', message: 'The replica is about to be started.' };

function unreadyTrouble(
  { readiness, exit }: Situation,
  { id, failures }: Replica,
  those: readonly Replica[],
): Trouble | undefined {
  const { state, detail } = readiness(id);
  if (state === 'ready') return undefined;
  if (state === 'unready') return { reason: 'NotReady', message: `The replica is not ready: ${detail}.` }; // prettier-ignore
  const last = those.find(({ previous }) => previous);
  const ended = failures > 0 && last ? exit(last.id) : undefined;
  const before = ended ? ` This is a new attempt${inARow(failures)}. ${ended.message}` : '';
  return { reason: 'Starting', message: `The replica is starting: ${detail}.${before}` };
}

function pullTrouble(pull: PullState | undefined): Trouble | undefined {
  if (!pull) return undefined;
  const { message } = pull;
  return { reason: pull.kind === 'pulling' ? 'Pulling' : 'ImagePullBackOff', message };
}

function endTrouble({ exit }: Situation, current: Replica | undefined): Trouble | undefined {
  const ended = current && exit(current.id);
  if (!ended) return undefined;
  const seconds = Math.max(0, Math.ceil((ended.restartAt - Date.now()) / 1000));
  const again = `It is started again in ${seconds} s${inARow(ended.failures)}. `;
  const reason = ended.reason === 'OOMKilled' ? 'OOMKilled' : 'CrashLoopBackOff';
  return { reason, message: again + ended.message };
}

function inARow(failures: number): string {
  return failures > 1 ? `, after ${failures} ends in a row` : '';
}
