import { closedLoop } from './client/closed-loop.ts';
import { cpuSeconds } from './processes.ts';
import type { Call } from './client/calls.ts';
import type { Ledger } from './ledger.ts';

/** What every part of a run shares. */
export interface Run {
  readonly ledger: Ledger;
  readonly repeats: number;
  /** Length of one closed loop. */
  readonly seconds: number;
  /** Tells the operator what is going on. */
  readonly say: (text: string) => void;
}

/** One of those that are compared in a scenario. */
export interface Contender {
  readonly subject: string;
  /** The processes whose processor time is counted. */
  readonly pids: readonly number[];
  readonly callers: readonly Call[];
}

/** Measures contenders in a closed loop, repeat by repeat in turn, beginning with another one each time. */
export async function compare(
  run: Run,
  scenario: string,
  contenders: readonly Contender[],
): Promise<void> {
  run.say(scenario);
  await inTurn(
    { ...run, repeats: 1 },
    scenario,
    named(contenders, async (each) => {
      await closedLoop(each.callers, run.seconds); // a warm-up, measured for nobody
    }),
  );
  await inTurn(
    run,
    scenario,
    named(contenders, (each) => measureLoad(run, scenario, each)),
  );
}

/** Something that is done to one subject, once a repeat. */
export interface Turn {
  readonly subject: string;
  readonly act: () => Promise<void>;
}

function named(contenders: readonly Contender[], act: (each: Contender) => Promise<void>): Turn[] {
  return contenders.map((each) => ({ subject: each.subject, act: () => act(each) }));
}

/** Does every turn in every repeat, rotating who is first; who fails is noted and left out from then on. */
export async function inTurn(run: Run, scenario: string, turns: readonly Turn[]): Promise<void> {
  for (let repeat = 0; repeat < run.repeats; repeat++) {
    for (const { subject, act } of rotated(turns, repeat)) {
      if (run.ledger.failure(scenario, subject) !== undefined) continue;
      try {
        await act();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        run.ledger.fail(scenario, subject, reason);
        run.say(`  ${scenario}: ${subject} failed: ${reason}`);
      }
    }
  }
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

async function measureLoad(
  { ledger, seconds }: Run,
  scenario: string,
  { subject, pids, callers }: Contender,
): Promise<void> {
  const before = cpuSeconds(pids);
  const load = await closedLoop(callers, seconds);
  const cpu = ((cpuSeconds(pids) - before) * 1e6) / load.calls;
  const { rate, p50, p95, p99 } = load;
  for (const [metric, value] of Object.entries({ rate, p50, p95, p99, cpu })) {
    ledger.record({ scenario, subject, metric }, value);
  }
}
