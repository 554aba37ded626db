import type { Workload } from '@mcp-gateway/core/domain/workload';
import type { Replica } from './names.ts';

/** One step towards what is wanted; each may be done by several gateways at once, and counts once. */
export type Action =
  | {
      readonly kind: 'create';
      readonly ordinal: number;
      readonly failures: number;
      /** The replica that ended, kept for its log. */
      readonly after?: Replica;
    }
  | { readonly kind: 'start'; readonly replica: Replica }
  /** Told to end, then removed; `drain`: its sessions get time before. */
  | { readonly kind: 'end'; readonly replica: Replica; readonly drain: boolean };

/** What the containers alone do not tell. */
export interface Facts {
  readonly now: number;
  readonly isReady: (replica: Replica) => boolean;
  /** When a replica that ended shall start again, and after how many failures. */
  readonly restart: (replica: Replica) => { readonly at: number; readonly failures: number };
  /** Until when starting this ordinal makes no sense. */
  readonly notBefore: (ordinal: number) => number;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** When to look again although nothing has happened. */
  readonly wakeAt?: number;
}

/** What to do next so that `replicas` become what is `wanted`: at most one good replica is replaced at a time. */
export function plan(
  wanted: { readonly workload: Workload; readonly hash: string } | undefined,
  replicas: readonly Replica[],
  facts: Facts,
): Plan {
  const belongs = (replica: Replica): boolean =>
    wanted?.workload.uid === replica.ownerUid && replica.ordinal < wanted.workload.replicas;
  const drains = (replica: Replica): boolean =>
    wanted?.workload.uid === replica.ownerUid && facts.isReady(replica);
  const ends = (replica: Replica): Action => ({ kind: 'end', replica, drain: drains(replica) });

  const surplus = replicas.filter((replica) => !belongs(replica)).map(ends);
  if (!wanted) return { actions: surplus };
  const present = replicas.filter((replica) => belongs(replica) && !replica.previous);
  const current = present.filter(({ hash }) => hash === wanted.hash);
  const outdated = present.filter(({ hash }) => hash !== wanted.hash);
  const starts = startsOf(wanted.workload.replicas, present, current, facts);
  return {
    actions: [...surplus, ...replaced(outdated, current, starts.whole, facts).map(ends), ...starts.actions], // prettier-ignore
    ...(starts.wakeAt !== undefined && { wakeAt: starts.wakeAt }),
  };
}

/** Outdated replicas that go now: all that serve nobody, and one that does once all new ones are ready. */
function replaced(
  outdated: readonly Replica[],
  current: readonly Replica[],
  whole: boolean,
  { isReady }: Facts,
): readonly Replica[] {
  const useless = outdated.filter((replica) => !isReady(replica));
  if (useless.length > 0 || !whole || !current.every(isReady)) return useless;
  return outdated.toSorted((left, right) => right.ordinal - left.ordinal).slice(0, 1);
}

function startsOf(
  count: number,
  present: readonly Replica[],
  current: readonly Replica[],
  { now, restart, notBefore }: Facts,
) {
  const actions: Action[] = [];
  let wakeAt: number | undefined;
  const at = (time: number, action: Action): void => {
    if (time <= now) actions.push(action);
    else wakeAt = Math.min(wakeAt ?? time, time);
  };
  const taken = new Set(present.map(({ ordinal }) => ordinal));
  const missing = Array.from({ length: count }, (_, ordinal) => ordinal).filter(
    (ordinal) => !taken.has(ordinal),
  );
  for (const ordinal of missing) at(notBefore(ordinal), { kind: 'create', ordinal, failures: 0 });
  for (const replica of current) {
    const { ordinal, state } = replica;
    if (state === 'created') at(notBefore(ordinal), { kind: 'start', replica });
    if (state !== 'exited' && state !== 'dead') continue;
    const { at: time, failures } = restart(replica);
    at(Math.max(time, notBefore(ordinal)), { kind: 'create', ordinal, failures, after: replica });
  }
  return { actions, wakeAt, whole: missing.length === 0 };
}
