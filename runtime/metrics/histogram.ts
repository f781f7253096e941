/** Durations by labels, in buckets: how many took no longer than each bound, how many at all, and how long together. */
import { keyOf, labelsOf } from "./counter.ts";

/** Seconds. What took longer is in the bucket without a bound. */
export const BOUNDS_SECONDS: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3_600,
]);

interface Buckets {
  /** Not cumulative; one more than there are bounds. */
  readonly counts: number[];
  /** Whole milliseconds, so that adding them up loses nothing. */
  sumMs: number;
}

const MS_IN_SECOND = 1_000;

export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  /** How many took no longer than each of the bounds; cumulative. */
  readonly upTo: readonly number[];
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
}

export class Histogram {
  readonly #names: readonly string[];
  readonly #known = new Map<string, Buckets>();

  constructor(...names: readonly string[]) {
    this.#names = names;
  }

  add(ms: number, ...values: readonly string[]): void {
    const key = keyOf(values);
    let buckets = this.#known.get(key);
    if (buckets === undefined) {
      buckets = { counts: new Array<number>(BOUNDS_SECONDS.length + 1).fill(0), sumMs: 0 };
      this.#known.set(key, buckets);
    }
    const at = BOUNDS_SECONDS.findIndex((bound) => ms <= bound * MS_IN_SECOND);
    const bucket = at < 0 ? BOUNDS_SECONDS.length : at;
    buckets.counts[bucket] = (buckets.counts[bucket] ?? 0) + 1;
    buckets.sumMs += ms;
  }

  /** Sorted by their labels. */
  rows(): readonly Distribution[] {
    return [...this.#known]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { counts, sumMs }]) => {
        let count = 0;
        const all = counts.map((one) => {
          count += one;
          return count;
        });
        return {
          labels: labelsOf(this.#names, key),
          upTo: all.slice(0, -1),
          count,
          sum: sumMs / MS_IN_SECOND,
        };
      });
  }
}

/** The least bound that so much of them (from 0 to 1) keep; undefined beyond the last one. */
export function boundOf({ upTo, count }: Distribution, share: number): number | undefined {
  return BOUNDS_SECONDS[upTo.findIndex((some) => some >= share * count)];
}
