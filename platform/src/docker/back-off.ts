import type { Timings } from './options.ts';

/** The pause after the given number of failures in a row. */
export function backOff(
  { backOff, backOffMaximum }: Pick<Timings, 'backOff' | 'backOffMaximum'>,
  failures: number,
): number {
  return Math.min(backOffMaximum, backOff * 2 ** Math.max(0, failures - 1));
}
