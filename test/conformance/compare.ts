import type { Check } from './checks.ts';

/** A check that came out otherwise through the middle; each side lists its statuses, as a check may run more than once. */
export interface Difference {
  readonly suite: string;
  readonly scenario: string;
  readonly check: string;
  readonly direct: string;
  readonly through: string;
}

/** What is allowed to differ, where, and why; an entry that no longer differs is a mistake as well. */
export interface ExpectedDifference extends Difference {
  readonly targets: readonly string[];
  readonly reason: string;
}

/** The verdict on one target. */
export interface Verdict {
  readonly explained: readonly (Difference & { readonly reason: string })[];
  readonly unexplained: readonly Difference[];
  readonly stale: readonly ExpectedDifference[];
}

/** Compares as multisets: the same checks with the same statuses, as often, in any order. */
export function differences(
  direct: readonly Check[],
  through: readonly Check[],
): readonly Difference[] {
  const [one, other] = [statuses(direct), statuses(through)];
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((key) => {
    const [before, after] = [told(one.get(key)), told(other.get(key))];
    if (before === after) return [];
    const [suite = '', scenario = '', check = ''] = key.split('\n');
    return [{ suite, scenario, check, direct: before, through: after }];
  });
}

/** Sorts the differences of `target` into explained and unexplained ones, and finds explanations that explain nothing. */
export function judge(
  target: string,
  found: readonly Difference[],
  expected: readonly ExpectedDifference[],
): Verdict {
  const applicable = expected.filter(({ targets }) => targets.includes(target));
  const explanation = (difference: Difference) =>
    applicable.find((entry) => same(entry, difference))?.reason;
  return {
    explained: found.flatMap((difference) => {
      const reason = explanation(difference);
      return reason === undefined ? [] : [{ ...difference, reason }];
    }),
    unexplained: found.filter((difference) => explanation(difference) === undefined),
    stale: applicable.filter((entry) => !found.some((difference) => same(entry, difference))),
  };
}

function same(one: Difference, other: Difference): boolean {
  return (
    one.suite === other.suite &&
    one.scenario === other.scenario &&
    one.check === other.check &&
    one.direct === other.direct &&
    one.through === other.through
  );
}

function statuses(checks: readonly Check[]): ReadonlyMap<string, readonly string[]> {
  const byCheck = new Map<string, string[]>();
  for (const { suite, scenario, id, status } of checks) {
    const key = [suite, scenario, id].join('\n');
    byCheck.set(key, [...(byCheck.get(key) ?? []), status]);
  }
  return byCheck;
}

function told(list: readonly string[] | undefined): string {
  return list === undefined ? 'absent' : [...list].sort().join(' ');
}
