/**
 * What a fork does to a law about two events, by its outcome, from what one item or one branch may
 * do. Items and branches overlap: whatever two events come from two of them, either may be first, so
 * it is enough to run them one after the other in orders in which every pair stands either way. The
 * share that a threshold asks for is counted exactly where there are few items. Where there may be
 * many, PARTIAL is some that succeeded and some that did not, FAILED at least one that did not.
 */
import type { MapNode, ParallelNode } from "../../protocol/language/graph.ts";
import { followed, IDENTITY, type LawFunction } from "./law-functions.ts";
import { type Mix, mayEnd, mixesOf } from "./map-mixes.ts";
import type { Inside, Trail } from "./trail.ts";

/** What one item or branch does, from its beginning to an end, or to where it was cancelled. */
export interface PartWay {
  readonly does: LawFunction;
  /** What undoing it would do, the last first. */
  readonly undoes: LawFunction;
  /** Whether something of it stands, whatever is undone. */
  readonly stands: boolean;
  readonly succeeded: boolean;
  readonly trail: Trail;
}

/** What several of them do together. */
export interface ForkWay {
  readonly does: LawFunction;
  readonly undoes: LawFunction;
  readonly stands: boolean;
  /** How many succeeded, and how many did not; where they are not counted, 1 is one or more. */
  readonly mix: Mix;
  readonly inside: readonly Inside[];
}

/** Nothing ran. */
export const NO_WAY: ForkWay = Object.freeze({
  does: IDENTITY,
  undoes: IDENTITY,
  stands: false,
  mix: Object.freeze({ succeeded: 0, failed: 0 }),
  inside: Object.freeze([]),
});

/** Up to so many items, how many of them succeeded is counted. */
const COUNTED_MAX = 12;

/** What one part may do: to its ends, and to wherever it may be cancelled. */
export interface PartWays {
  readonly whole: readonly PartWay[];
  readonly broken: readonly PartWay[];
}

/** The ways of a fork that end in an outcome, each once. */
export function forkWays(
  fork: MapNode | ParallelNode,
  parts: readonly PartWays[],
  outcome: string,
): readonly ForkWay[] {
  if (outcome === "EMPTY") return [NO_WAY];
  const singles = parts.map(({ whole, broken }) =>
    (outcome === "CANCELLED" ? [...whole, ...broken] : whole).map(single),
  );
  const all =
    fork.kind === "map" ? ofItems(singles[0] ?? [], fork, outcome) : sideBySide(singles, outcome);
  return distinct(all);
}

function ofItems(singles: readonly ForkWay[], map: MapNode, outcome: string): readonly ForkWay[] {
  const { max, threshold } = map;
  const isWhole = ["SUCCESS", "PARTIAL", "FAILED"].includes(outcome);
  if (!isWhole) return [NO_WAY, ...repeated(singles, max, 1)];
  if (mixesOf(outcome, map).length === 0) return [];
  const isCounted = threshold !== null && max <= COUNTED_MAX;
  const ways = repeated(singles, max, isCounted ? max : 1);
  return ways.filter(({ mix }) =>
    isCounted ? mayEnd(outcome, mix, threshold) : fits(outcome, mix),
  );
}

function single({ does, undoes, stands, succeeded, trail }: PartWay): ForkWay {
  const inside = [{ times: 1, trail }];
  const mix = { succeeded: succeeded ? 1 : 0, failed: succeeded ? 0 : 1 };
  return { does, undoes, stands, mix, inside };
}

function fits(outcome: string, { succeeded, failed }: Mix): boolean {
  switch (outcome) {
    case "SUCCESS":
      return failed === 0;
    case "PARTIAL":
      return succeeded > 0 && failed > 0;
    case "FAILED":
      return failed > 0;
    default:
      // Its output could not be kept, or it was cancelled: whatever ran.
      return true;
  }
}

/** From one item to `max` of them, counted up to a number. */
function repeated(singles: readonly ForkWay[], max: number, countedMax: number): ForkWay[] {
  const each = keyed(singles);
  const found = new Map(each);
  let latest = [...each.values()];
  for (let items = 1; items < max && latest.length > 0; items += 1) {
    const next: ForkWay[] = [];
    for (const before of latest) {
      for (const one of each.values()) {
        const way = joined(before, one, countedMax);
        const key = keyOf(way);
        if (found.has(key)) continue;
        found.set(key, way);
        next.push(way);
      }
    }
    latest = next;
  }
  return [...found.values()];
}

/** One way of each branch, put before or after those that are there already. */
function sideBySide(
  branches: readonly (readonly ForkWay[])[],
  outcome: string,
): readonly ForkWay[] {
  const all = branches.reduce<ForkWay[]>(
    (ways, branch) => [
      ...keyed(
        ways.flatMap((way) => branch.flatMap((one) => [joined(way, one, 1), joined(one, way, 1)])),
      ).values(),
    ],
    [NO_WAY],
  );
  return all.filter(({ mix }) => fits(outcome, mix));
}

function joined(a: ForkWay, b: ForkWay, countedMax: number): ForkWay {
  const sum = (ends: keyof Mix) => Math.min(a.mix[ends] + b.mix[ends], countedMax);
  return {
    does: followed(a.does, b.does),
    // What was done last is undone first.
    undoes: followed(b.undoes, a.undoes),
    stands: a.stands || b.stands,
    mix: { succeeded: sum("succeeded"), failed: sum("failed") },
    inside: [...a.inside, ...b.inside],
  };
}

const COUNTS = COUNTED_MAX + 1;

function keyOf({ does, undoes, stands, mix: { succeeded, failed } }: ForkWay): number {
  const law = (does * 9 + undoes) * 2 + (stands ? 1 : 0);
  return (law * COUNTS + succeeded) * COUNTS + failed;
}

function keyed(ways: readonly ForkWay[]): Map<number, ForkWay> {
  const found = new Map<number, ForkWay>();
  for (const way of ways) if (!found.has(keyOf(way))) found.set(keyOf(way), way);
  return found;
}

/** Those that differ in what they do; how many succeeded is known by the outcome. */
function distinct(ways: readonly ForkWay[]): readonly ForkWay[] {
  return [...keyed(ways.map((way) => ({ ...way, mix: NO_WAY.mix }))).values()];
}
