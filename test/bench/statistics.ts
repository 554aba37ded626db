/** What several repeats of one measurement say. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median and range of at least one value. */
export function spread(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return {
    median: percentile(sorted, 50),
    min: percentile(sorted, 0),
    max: percentile(sorted, 100),
  };
}

/** Median of at least one value. */
export function median(values: readonly number[]): number {
  return percentile(ascending(values), 50);
}

/** A percentile of values that ascend, interpolated between its neighbours. Throws when there are none. */
export function percentile(sorted: readonly number[], percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('a percentile of no values');
  return below + (above - below) * (place - Math.floor(place));
}

/** The values from the least to the greatest. */
export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
