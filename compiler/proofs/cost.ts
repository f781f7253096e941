/**
 * What a path costs, as numbers that add up: least and most of each count, and the longest time. A
 * cost is absent where nothing leads there. All of it is plain arithmetic on rows of numbers: the
 * rows are many, and a row is never changed once it was handed out.
 */

/** Places in a row: the least of a count at the even places, the most of it after that. */
export const WRITES = 0;
export const CALLS = 2;
export const ATTEMPTS = 4;
export const WAITS = 6;
/** The longest time: of the way itself, of undoing what was done on it, and of both on one way. */
export const WAY_MS = 8;
export const UNDOING_MS = 9;
export const TIME_MS = 10;
export const PLACES = 11;

/** How many of the places hold counts: pairs of least and most. */
const COUNTS = 8;

export type Cost = Float64Array;

export const NOTHING: Cost = new Float64Array(PLACES);
/** Of what cannot be: the least is beyond everything, the most below. */
export const ABSENT: Cost = Float64Array.from({ length: PLACES }, (_, at) =>
  at < COUNTS && at % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
);

export function isAbsent(cost: Cost): boolean {
  return cost[1] === Number.NEGATIVE_INFINITY;
}

/** A cost from the counts that are given as least and most, and a time. */
export function costOf(
  counts: readonly (readonly [place: number, least: number, most: number])[],
  timeMs = 0,
): Cost {
  const cost = new Float64Array(PLACES);
  for (const [place, least, most] of counts) {
    cost[place] = least;
    cost[place + 1] = most;
  }
  cost[WAY_MS] = timeMs;
  cost[TIME_MS] = timeMs;
  return cost;
}

/** The same cost as that of undoing: its time is no part of the way. */
export function asUndoing(cost: Cost): Cost {
  const undoing = Float64Array.from(cost);
  undoing[UNDOING_MS] = at(cost, TIME_MS);
  undoing[WAY_MS] = 0;
  return undoing;
}

/** One after the other. */
export function plus(a: Cost, b: Cost): Cost {
  if (isAbsent(a) || isAbsent(b)) return ABSENT;
  const sum = new Float64Array(PLACES);
  for (let place = 0; place < PLACES; place += 1) sum[place] = at(a, place) + at(b, place);
  return sum;
}

/** One or the other. */
export function either(a: Cost, b: Cost): Cost {
  if (isAbsent(a)) return b;
  if (isAbsent(b)) return a;
  const both = new Float64Array(PLACES);
  for (let place = 0; place < PLACES; place += 1) {
    both[place] = isLeast(place)
      ? Math.min(at(a, place), at(b, place))
      : Math.max(at(a, place), at(b, place));
  }
  return both;
}

/** The first or one after the other of the rest: as `either` and `plus`, into a row of one's own. */
export function widen(into: Cost, step: Cost, ahead: Cost): void {
  for (let place = 0; place < PLACES; place += 1) {
    const sum = at(step, place) + at(ahead, place);
    const known = at(into, place);
    if (isLeast(place) ? sum < known : sum > known) into[place] = sum;
  }
}

/** Side by side: the longer of two ways counts, and what both did is undone in one line. */
export function beside(a: Cost, b: Cost): Cost {
  const sum = plus(a, b);
  if (isAbsent(sum)) return sum;
  sum[WAY_MS] = Math.max(at(a, WAY_MS), at(b, WAY_MS));
  sum[TIME_MS] = Math.max(at(a, TIME_MS) + at(b, UNDOING_MS), at(b, TIME_MS) + at(a, UNDOING_MS));
  return sum;
}

/** So often, one after the other. */
export function times(cost: Cost, count: number): Cost {
  if (count === 0) return NOTHING;
  if (isAbsent(cost)) return ABSENT;
  return cost.map((one) => one * count);
}

/** From nothing at all up to this. */
export function upTo(cost: Cost): Cost {
  if (isAbsent(cost)) return NOTHING;
  return cost.map((one, place) => (isLeast(place) ? 0 : one));
}

/** The number at a place of a row. */
export function at(cost: Cost, place: number): number {
  return cost[place] as number;
}

export function isLeast(place: number): boolean {
  return place < COUNTS && place % 2 === 0;
}
