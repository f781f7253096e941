/**
 * How many items of a map may have succeeded, and how many not, by the map's outcome: all mixes lie
 * between a few of them, so that whatever adds up over items is least and most at one of these.
 */
import type { MapNode } from "../../protocol/language/graph.ts";

export interface Mix {
  readonly succeeded: number;
  readonly failed: number;
}

export type MapBounds = Pick<MapNode, "max" | "threshold">;

/** None where the map cannot end so. */
export function mixesOf(outcome: string, { max, threshold }: MapBounds): readonly Mix[] {
  switch (outcome) {
    case "EMPTY":
      return [NO_ITEMS];
    case "SUCCESS":
      return [mix(1, 0), mix(max, 0)];
    case "PARTIAL":
      return threshold === null ? [] : partial(max, threshold);
    case "FAILED": {
      // The more items, and the more of them that cost more, the more it costs.
      const least = threshold === null ? 1 : failuresFrom(max, threshold);
      return least > max ? [] : [mix(0, 1), mix(max - least, least), mix(0, max)];
    }
    default:
      // Cancelled, or its output could not be kept: anything from none of it to all of it.
      return [NO_ITEMS, mix(max, 0), mix(0, max)];
  }
}

/** Whether so many of each end a map with an outcome; of items that ended, all of them. */
export function mayEnd(outcome: string, of: Mix, threshold: number | null): boolean {
  const { succeeded, failed } = of;
  const items = succeeded + failed;
  const isEnough = threshold !== null && succeeded / items >= threshold;
  switch (outcome) {
    case "EMPTY":
      return items === 0;
    case "SUCCESS":
      return items > 0 && failed === 0;
    case "PARTIAL":
      return failed > 0 && isEnough;
    case "FAILED":
      return failed > 0 && !isEnough;
    default:
      return true;
  }
}

const NO_ITEMS: Mix = Object.freeze({ succeeded: 0, failed: 0 });

function mix(succeeded: number, failed: number): Mix {
  return { succeeded, failed };
}

/** Some failed, and yet the share of the others is large enough. */
function partial(max: number, threshold: number): readonly Mix[] {
  const most = Math.min(failuresFrom(max, threshold) - 1, max);
  if (most < 1) return [];
  return [mix(companionsOf(threshold), 1), mix(max - 1, 1), mix(max - most, most)];
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
