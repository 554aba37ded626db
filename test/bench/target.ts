import { ratios } from './ledger.ts';
import { spread } from './statistics.ts';
import type { Ledger, Measure } from './ledger.ts';
import type { Part } from './options.ts';
import type { Spread } from './statistics.ts';

/** A number that is to be reached. */
export interface Target {
  readonly part: Part;
  /** Says what is measured; reasons for missed targets go by it. */
  readonly name: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: string;
  readonly quantity: (ledger: Ledger) => readonly number[];
}

/** How a run did against a target. */
export interface Verdict {
  readonly target: Target;
  /** Absent when it was not measured. */
  readonly reached: Spread | undefined;
  readonly met: boolean;
}

/** Judges the median of what a run measured. */
export function judge(ledger: Ledger, target: Target): Verdict {
  const values = target.quantity(ledger);
  if (values.length === 0) return { target, reached: undefined, met: false };
  const reached = spread(values);
  const { limit } = target;
  const met = 'atLeast' in limit ? reached.median >= limit.atLeast : reached.median <= limit.atMost;
  return { target, reached, met };
}

/** The values of a measure. */
export function of(measure: Measure): Target['quantity'] {
  return (ledger) => ledger.values(measure);
}

/** How often one subject's value holds another's, repeat by repeat. */
export function ratio(measure: Measure, subject: string): Target['quantity'] {
  return (ledger) => ratios(ledger, measure, { ...measure, subject });
}

/** How much one subject's value exceeds another's, repeat by repeat. */
export function excess(measure: Measure, subject: string): Target['quantity'] {
  return (ledger) => {
    const others = ledger.values({ ...measure, subject });
    return ledger
      .values(measure)
      .slice(0, others.length)
      .map((value, repeat) => value - (others[repeat] ?? NaN));
  };
}
