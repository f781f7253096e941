/**
 * What a fork does to a law about two events, by its outcome, from what one item or one branch may
 * do. Items and branches overlap: whatever two events come from two of them, either may be first, so
 * it is enough to run them one after the other in orders in which every pair stands either way. The
 * share that a threshold asks for is not counted: PARTIAL is some that succeeded and some that did
 * not, FAILED at least one that did not.
 */
import type { MapNode, ParallelNode } from "../../protocol/language/graph.ts";
import { followed, IDENTITY, type LawFunction } from "./law-functions.ts";
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
  /** Whether some succeeded, and whether some did not. */
  readonly some: boolean;
  readonly less: boolean;
  readonly inside: readonly Inside[];
}

/** Nothing ran. */
export const NO_WAY: ForkWay = Object.freeze({
  does: IDENTITY,
  undoes: IDENTITY,
  stands: false,
  some: false,
  less: false,
  inside: Object.freeze([]),
});

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
  const isWhole = outcome === "SUCCESS" || outcome === "PARTIAL" || outcome === "FAILED";
  if (outcome === "EMPTY") return [NO_WAY];
  const singles = parts.map(({ whole, broken }) =>
    (outcome === "CANCELLED" ? [...whole, ...broken] : whole).map(single),
  );
  const all =
    fork.kind === "map" ? repeated(singles[0] ?? [], fork.max, !isWhole) : sideBySide(singles);
  return distinct(all.filter((way) => endsIn(outcome, way)));
}

function single({ does, undoes, stands, succeeded, trail }: PartWay): ForkWay {
  const inside = [{ times: 1, trail }];
  return { does, undoes, stands, some: succeeded, less: !succeeded, inside };
}

function endsIn(outcome: string, { some, less }: ForkWay): boolean {
  switch (outcome) {
    case "SUCCESS":
      return !less;
    case "PARTIAL":
      return some && less;
    case "FAILED":
      return less;
    default:
      // Its output could not be kept, or it was cancelled: whatever ran.
      return true;
  }
}

/** From one item to `max` of them; none as well where that can be. */
function repeated(singles: readonly ForkWay[], max: number, mayBeNone: boolean): ForkWay[] {
  const each = keyed(singles);
  const found = new Map(each);
  let latest = [...each.values()];
  for (let items = 1; items < max && latest.length > 0; items += 1) {
    const next: ForkWay[] = [];
    for (const before of latest) {
      for (const one of each.values()) {
        const way = joined(before, one);
        const key = keyOf(way);
        if (found.has(key)) continue;
        found.set(key, way);
        next.push(way);
      }
    }
    latest = next;
  }
  return mayBeNone ? [NO_WAY, ...found.values()] : [...found.values()];
}

/** One way of each branch, put before or after those that are there already. */
function sideBySide(branches: readonly (readonly ForkWay[])[]): ForkWay[] {
  return branches.reduce<ForkWay[]>(
    (ways, branch) => [
      ...keyed(
        ways.flatMap((way) => branch.flatMap((one) => [joined(way, one), joined(one, way)])),
      ).values(),
    ],
    [NO_WAY],
  );
}

function joined(a: ForkWay, b: ForkWay): ForkWay {
  return {
    does: followed(a.does, b.does),
    // What was done last is undone first.
    undoes: followed(b.undoes, a.undoes),
    stands: a.stands || b.stands,
    some: a.some || b.some,
    less: a.less || b.less,
    inside: [...a.inside, ...b.inside],
  };
}

function keyOf({ does, undoes, stands, some, less }: ForkWay): number {
  const flags = (stands ? 1 : 0) + (some ? 2 : 0) + (less ? 4 : 0);
  return (does * 9 + undoes) * 8 + flags;
}

function keyed(ways: readonly ForkWay[]): Map<number, ForkWay> {
  const found = new Map<number, ForkWay>();
  for (const way of ways) if (!found.has(keyOf(way))) found.set(keyOf(way), way);
  return found;
}

/** Those that differ in what they do; whether some succeeded is known by the outcome. */
function distinct(ways: readonly ForkWay[]): readonly ForkWay[] {
  return [...keyed(ways.map((way) => ({ ...way, some: false, less: false }))).values()];
}
