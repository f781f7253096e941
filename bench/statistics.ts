/**
 * What a list of samples says: the median and the quartiles. Means are not given, because one
 * disturbed run of a shared machine would move them.
 */

export interface Summary {
  readonly median: number;
  /** The quartiles: half of the samples lie between them. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** Interpolates linearly between the two nearest samples. `part` is from 0 to 1. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    samples: samples.length,
  };
}

/** Each sample divided by the one that was taken beside it. */
export function ratios(samples: readonly number[], beside: readonly number[]): readonly number[] {
  return samples.map((sample, at) => sample / (beside[at] ?? Number.NaN));
}
