/**
 * What a fork costs by its outcome, from what one item or branch costs that succeeds, and one that
 * does not; and of one measure, of whose costs that is made up. Counts are exact: some choice of items
 * and ways reaches them. Times are bounds: items that run at a time are taken to last as long as the
 * longest of them may, and to leave behind to undo as much as they can.
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
import { type Mix, mixesOf } from "./map-mixes.ts";

/** What one item or one branch may cost. */
export interface Ways {
  readonly succeeded: Cost;
  readonly failed: Cost;
}

export type MapBounds = Pick<MapNode, "max" | "concurrency" | "threshold">;

/** A share of what a fork costs: so often what one item costs at a place, or what a branch does. */
export interface Share {
  /** Of which branch, by its number; 0 for the items of a map. */
  readonly part: number;
  readonly ends: keyof Ways;
  readonly place: number;
  readonly times: number;
  /** Not items one after the other, but rounds of as many as run at a time. */
  readonly isRounds?: true;
}

export function mapCost(outcome: string, map: MapBounds, ways: Ways): Cost {
  const mixes = presentIn(mixesOf(outcome, map), ways);
  const cost = mixes.map((mix) => sumOf(mix, ways)).reduce(either, ABSENT);
  if (isAbsent(cost) || map.concurrency === 1) return cost;
  const longest = longestOf(mixes, map, ways);
  const mixed = Float64Array.from(cost);
  mixed[WAY_MS] = Math.min(at(cost, WAY_MS), costOfShare(longest, ways));
  mixed[TIME_MS] = Math.min(at(cost, TIME_MS), at(mixed, WAY_MS) + at(cost, UNDOING_MS));
  return mixed;
}

/** What the number at a place of `mapCost` is the sum of. */
export function mapShares(
  outcome: string,
  map: MapBounds,
  { ways, place }: { readonly ways: Ways; readonly place: number },
): readonly Share[] {
  const mixes = presentIn(mixesOf(outcome, map), ways);
  const sum = dearestMix(mixes, ways, place);
  if (mixes.length === 0 || map.concurrency === 1) return sum;
  const total = (shares: readonly Share[]) =>
    shares.reduce((all, share) => all + costOfShare(share, ways), 0);
  if (place !== WAY_MS && place !== TIME_MS) return sum;
  const rounds = [longestOf(mixes, map, ways)];
  const all = place === WAY_MS ? sum : dearestMix(mixes, ways, WAY_MS);
  const way = total(rounds) < total(all) ? rounds : all;
  if (place === WAY_MS) return way;
  const apart = [...way, ...dearestMix(mixes, ways, UNDOING_MS)];
  return total(apart) < total(sum) ? apart : sum;
}

/** Those of which all that is in them can be. */
function presentIn(mixes: readonly Mix[], ways: Ways): readonly Mix[] {
  return mixes.filter((mix) => !isAbsent(sumOf(mix, ways)));
}

/** So many items that succeed and so many that do not, one after the other. */
function sumOf({ succeeded, failed }: Mix, ways: Ways): Cost {
  return plus(times(ways.succeeded, succeeded), times(ways.failed, failed));
}

const ENDS = ["succeeded", "failed"] as const;

function dearestMix(mixes: readonly Mix[], ways: Ways, place: number): readonly Share[] {
  const sums = mixes.map((mix) => at(sumOf(mix, ways), place));
  const dearest = mixes[sums.indexOf(Math.max(...sums))];
  if (dearest === undefined) return [];
  return ENDS.flatMap((ends) =>
    dearest[ends] > 0 ? [{ part: 0, ends, place, times: dearest[ends] }] : [],
  );
}

/** As if all items that run at a time lasted as long as the longest of any. */
function longestOf(mixes: readonly Mix[], { concurrency }: MapBounds, ways: Ways): Share {
  const items = Math.max(...mixes.map(({ succeeded, failed }) => succeeded + failed));
  const present = ENDS.filter((ends) => mixes.some((mix) => mix[ends] > 0));
  const lasts = (ends: keyof Ways) => at(ways[ends], WAY_MS);
  const ends = present.toSorted((a, b) => lasts(b) - lasts(a))[0] ?? "succeeded";
  const rounds = present.length === 0 ? 0 : Math.ceil(items / concurrency);
  return { part: 0, ends, place: WAY_MS, times: rounds, isRounds: true };
}

function costOfShare({ ends, place, times: count }: Share, ways: Ways): number {
  return count === 0 ? 0 : count * at(ways[ends], place);
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

/** What the number at a place of `parallelCost` is the sum of. */
export function parallelShares(
  outcome: string,
  branches: readonly Ways[],
  place: number,
): readonly Share[] {
  const others = place === WAY_MS ? null : place === TIME_MS ? UNDOING_MS : place;
  const tries =
    others === place
      ? [branches.map(() => place)]
      : branches.map((_, longest) =>
          branches.map((_one, part) => (part === longest ? place : others)),
        );
  let dearest: readonly Share[] = [];
  let most = Number.NEGATIVE_INFINITY;
  for (const places of tries) {
    const found = dearestEnds(outcome, branches, places);
    if (found === null || found.total <= most) continue;
    dearest = found.shares;
    most = found.total;
  }
  return dearest;
}

interface Chosen {
  readonly part: number;
  readonly ends: keyof Ways;
  readonly adds: number;
}

/** For each branch the end that costs the most at its place, as far as the outcome allows them. */
function dearestEnds(
  outcome: string,
  branches: readonly Ways[],
  places: readonly (number | null)[],
): { readonly shares: readonly Share[]; readonly total: number } | null {
  const addsOf = (part: number, ends: keyof Ways): number => {
    const cost = branches[part]?.[ends] ?? ABSENT;
    const place = places[part] ?? null;
    if (isAbsent(cost)) return Number.NEGATIVE_INFINITY;
    return place === null ? 0 : at(cost, place);
  };
  const chosen = branches.map((_, part): Chosen => {
    const [won, lost] = ENDS.map((ends) => addsOf(part, ends)) as [number, number];
    const ends = lost > won && outcome !== "SUCCESS" ? "failed" : "succeeded";
    return { part, ends, adds: ends === "failed" ? lost : won };
  });
  if (outcome === "FAILED" && chosen.every(({ ends }) => ends === "succeeded")) {
    const lost = chosen.map(({ part, adds }) => addsOf(part, "failed") - adds);
    const part = lost.indexOf(Math.max(...lost));
    chosen[part] = { part, ends: "failed", adds: addsOf(part, "failed") };
  }
  const total = chosen.reduce((sum, { adds }) => sum + adds, 0);
  if (total === Number.NEGATIVE_INFINITY || Number.isNaN(total)) return null;
  const shares = chosen.flatMap(({ part, ends }) => {
    const place = places[part] ?? null;
    return place === null ? [] : [{ part, ends, place, times: 1 }];
  });
  return { shares, total };
}
