/**
 * What a fork costs by its outcome, from what one item or branch costs that succeeds, and one that
 * does not. Counts are exact: some choice of items and ways reaches them. Times are bounds: items
 * that run at a time are taken to last as long as the longest of them may.
 */
import { CANCELLED, type MapNode } from "../../protocol/language/graph.ts";
import {
  ABSENT,
  at,
  beside,
  type Cost,
  either,
  isAbsent,
  NOTHING,
  plus,
  TIME_MS,
  times,
  UNDOING_MS,
  upTo,
  WAY_MS,
} from "./cost.ts";

/** What one item or one branch may cost. */
export interface Ways {
  readonly succeeded: Cost;
  readonly failed: Cost;
}

export type MapBounds = Pick<MapNode, "max" | "concurrency" | "threshold">;

export function mapCost(outcome: string, map: MapBounds, ways: Ways): Cost {
  const mixed = (succeeded: number, failed: number) =>
    mixedCost({ succeeded, failed }, map.concurrency, ways);
  const { max, threshold } = map;
  switch (outcome) {
    case "EMPTY":
      return NOTHING;
    case "SUCCESS":
      return either(mixed(1, 0), mixed(max, 0));
    case "PARTIAL":
      return threshold === null ? ABSENT : partial(max, threshold, mixed);
    case "FAILED": {
      // The more items, and the more of them that cost more, the more it costs.
      const least = threshold === null ? 1 : failuresFrom(max, threshold);
      if (least > max) return ABSENT;
      return [mixed(0, 1), mixed(max - least, least), mixed(0, max)].reduce(either);
    }
    default: {
      // Cancelled, or its output could not be kept: anything from none of it to all of it.
      const one = either(ways.succeeded, ways.failed);
      return upTo(
        mixedCost({ succeeded: max, failed: 0 }, map.concurrency, { ...ways, succeeded: one }),
      );
    }
  }
}

type Mixed = (succeeded: number, failed: number) => Cost;

/** Some failed, and yet the share of the others is large enough. */
function partial(max: number, threshold: number, mixed: Mixed): Cost {
  const most = Math.min(failuresFrom(max, threshold) - 1, max);
  if (most < 1) return ABSENT;
  const companions = companionsOf(threshold);
  return [mixed(companions, 1), mixed(max - 1, 1), mixed(max - most, most)].reduce(either);
}

/** The fewest failures among so many items with which the share is too small; beyond them if none. */
function failuresFrom(items: number, threshold: number): number {
  let low = 1;
  let high = items + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((items - middle) / items < threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The fewest that must have succeeded beside one failure. */
export function companionsOf(threshold: number): number {
  if (threshold >= 1) return Number.POSITIVE_INFINITY;
  let succeeded = Math.max(0, Math.ceil(threshold / (1 - threshold)) - 2);
  while (succeeded / (succeeded + 1) < threshold) succeeded += 1;
  return succeeded;
}

interface Items {
  readonly succeeded: number;
  readonly failed: number;
}

/** So many items that succeed and so many that do not, some at a time. */
function mixedCost({ succeeded, failed }: Items, concurrency: number, ways: Ways): Cost {
  const sum = plus(times(ways.succeeded, succeeded), times(ways.failed, failed));
  if (isAbsent(sum) || concurrency === 1) return sum;
  const rounds = Math.ceil((succeeded + failed) / concurrency);
  const longest = Math.max(
    succeeded > 0 ? at(ways.succeeded, WAY_MS) : 0,
    failed > 0 ? at(ways.failed, WAY_MS) : 0,
  );
  const mixed = Float64Array.from(sum);
  // Nothing, however often, takes no time, though the rounds were without end.
  mixed[WAY_MS] = longest === 0 ? 0 : Math.min(at(sum, WAY_MS), rounds * longest);
  mixed[TIME_MS] = Math.min(at(sum, TIME_MS), at(mixed, WAY_MS) + at(sum, UNDOING_MS));
  return mixed;
}

export function parallelCost(outcome: string, branches: readonly Ways[]): Cost {
  let all: Cost = NOTHING;
  let some: Cost = ABSENT;
  for (const { succeeded, failed } of branches) {
    some = either(beside(some, either(succeeded, failed)), beside(all, failed));
    all = beside(all, succeeded);
  }
  if (outcome === "SUCCESS") return all;
  if (outcome === "FAILED") return some;
  return outcome === CANCELLED ? upTo(either(all, some)) : either(all, some);
}
