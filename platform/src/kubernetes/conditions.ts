import type { WorkloadCondition } from '@mcp-gateway/core/domain/workload';
import type { PodView, SetView } from './views.ts';

/** Why a replica does not serve, as far as its pod tells; undefined for one that does. */
export function podCondition(pod: PodView): WorkloadCondition | undefined {
  const told =
    ending(pod) ?? unscheduled(pod) ?? waiting(pod) ?? evicted(pod) ?? ended(pod) ?? unready(pod);
  return told && { ...told, instance: pod.name };
}

/** What a workload has of the replicas that it should have. */
export interface Tally {
  readonly present: number;
  readonly ready: number;
  readonly updated: number;
}

/** Counts the pods that are wanted and are not about to end; the controller's own numbers come later. */
export function tally({ desired, revision }: SetView, pods: readonly PodView[]): Tally {
  const wanted = pods.filter((pod) => !pod.ending && pod.ordinal < desired);
  return {
    present: wanted.length,
    ready: wanted.filter(isReady).length,
    updated: wanted.filter((pod) => pod.revision === revision).length,
  };
}

/** Why a workload has not the replicas that it should have. */
export function setConditions(
  { desired }: SetView,
  { present, updated }: Tally,
): WorkloadCondition[] {
  if (present < desired) {
    const message = `${desired - present} of ${desired} replicas are to be made.`;
    return [{ reason: 'Creating', message }];
  }
  if (updated < desired) {
    return [{ reason: 'Updating', message: `${updated} of ${desired} replicas are up to date.` }];
  }
  return [];
}

function isReady({ conditions }: PodView): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** True for a replica whose last lines of log may tell why it ended. */
export function hasCrashed({ container }: PodView): boolean {
  return (container?.restartCount ?? 0) > 0 && container?.ready !== true;
}

/** True for a replica that runs, but does not answer its probe. */
export function isUnready({ container, ending }: PodView): boolean {
  return !ending && container?.state?.running !== undefined && !container.ready;
}

function ending(pod: PodView): WorkloadCondition | undefined {
  if (!pod.ending) return undefined;
  return { reason: 'Terminating', message: 'The replica finishes what it has and ends.' };
}

function unscheduled({ conditions }: PodView): WorkloadCondition | undefined {
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return {
    reason: scheduled.reason ?? 'Unschedulable',
    message: scheduled.message ?? 'No node takes the replica.',
  };
}

function waiting({ container }: PodView): WorkloadCondition | undefined {
  const state = container?.state?.waiting;
  if (state === undefined) return undefined;
  const reason = state.reason ?? 'Waiting';
  const message = state.message ?? '';
  if (reason === 'CrashLoopBackOff') return { reason, message: crash(container) };
  if (reason === 'CreateContainerConfigError' && /secret/i.test(message)) {
    return { reason: 'SecretNotFound', message };
  }
  if (reason === 'ContainerCreating' || reason === 'PodInitializing') {
    return { reason: 'Starting', message: 'The replica is being made; its image may be pulled.' };
  }
  return { reason, message: message === '' ? reason : message };
}

function ended({ container }: PodView): WorkloadCondition | undefined {
  const state = container?.state?.terminated;
  return state && { reason: state.reason ?? 'Error', message: exit(state) };
}

function evicted({ phase, reason, message }: PodView): WorkloadCondition | undefined {
  if (phase !== 'Failed' || reason === undefined) return undefined;
  return { reason, message: message ?? 'The replica was ended by its node.' };
}

function unready({ container, conditions }: PodView): WorkloadCondition | undefined {
  if (container === undefined) {
    return { reason: 'Starting', message: 'The replica is being made.' };
  }
  if (!container.ready) {
    const restarts = container.restartCount > 0 ? ` ${crash(container)}` : '';
    return container.started
      ? {
          reason: 'NotReady',
          message: `The server does not answer its readiness probe.${restarts}`,
        }
      : { reason: 'Starting', message: `The server has not answered yet.${restarts}` };
  }
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return { reason: ready?.reason ?? 'NotReady', message: ready?.message ?? 'Not ready yet.' };
}

function crash(container: PodView['container']): string {
  const last = container?.lastState?.terminated;
  const times = container?.restartCount ?? 0;
  const why = last === undefined ? '' : ` ${exit(last)}`;
  return `The server has ended and was started again, ${times} times so far.${why}`;
}

function exit(state: {
  readonly exitCode: number;
  readonly reason?: string;
  readonly signal?: number;
  readonly message?: string;
}): string {
  const reason = state.reason === undefined ? '' : ` (${state.reason})`;
  const message = state.message === undefined ? '' : `: ${state.message}`;
  return `It ended with code ${state.exitCode}${reason}${message}.`;
}
