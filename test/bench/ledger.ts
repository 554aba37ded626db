/** One column of numbers: what was measured of whom in which scenario. */
export interface Measure {
  readonly scenario: string;
  readonly subject: string;
  readonly metric: string;
}

/** All that one run measured, a value for each repeat, and what failed. */
export interface Ledger {
  record(measure: Measure, value: number): void;
  /** Values in the order of their repeats; empty when it was not measured. */
  values(measure: Measure): readonly number[];
  /** Notes that a subject could not go through a scenario; the first reason stays. */
  fail(scenario: string, subject: string, reason: string): void;
  failure(scenario: string, subject: string): string | undefined;
  failures(): readonly Failure[];
}

/** A scenario that a subject did not go through. */
interface Failure {
  readonly scenario: string;
  readonly subject: string;
  readonly reason: string;
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const columns = new Map<string, number[]>();
  const failures = new Map<string, Failure>();
  const key = (...parts: string[]) => JSON.stringify(parts);
  return {
    record: ({ scenario, subject, metric }, value) => {
      const place = key(scenario, subject, metric);
      columns.set(place, [...(columns.get(place) ?? []), value]);
    },
    values: ({ scenario, subject, metric }) => columns.get(key(scenario, subject, metric)) ?? [],
    fail: (scenario, subject, reason) => {
      const place = key(scenario, subject);
      if (!failures.has(place)) failures.set(place, { scenario, subject, reason });
    },
    failure: (scenario, subject) => failures.get(key(scenario, subject))?.reason,
    failures: () => [...failures.values()],
  };
}

/** Quotients of two measures repeat by repeat, so that what slowed the machine in a repeat slowed both. */
export function ratios(ledger: Ledger, over: Measure, under: Measure): readonly number[] {
  const below = ledger.values(under);
  return ledger
    .values(over)
    .slice(0, below.length)
    .map((value, repeat) => value / (below[repeat] ?? NaN))
    .filter(Number.isFinite); // too little work to be seen by a clock of 10 ms
}
