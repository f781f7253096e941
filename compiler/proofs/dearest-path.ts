/**
 * A path that shows a bound: from the start, step by step, whichever way costs the most of one
 * measure. In a fork it shows those items, or branches, of whose costs the fork's is made up, each
 * with how often it counts: all that is shown adds up to the bound.
 */

import type { BoundsProof } from "./bounds.ts";
import { ATTEMPTS, at, CALLS, type Cost, TIME_MS, UNDOING_MS, WAITS, WRITES } from "./cost.ts";
import { type ForkNode, isEnd, isFork, nodeOf } from "./part.ts";
import {
  endOf,
  FAILED,
  keyOf,
  NEVER,
  type Reckoned,
  type Reckoning,
  SUCCEEDED,
  type Taken,
  type Undoing,
} from "./reckon.ts";
import { stepCost } from "./step-cost.ts";

/** What a budget bounds, with the place of the most of it. */
export const MEASURES = Object.freeze({
  writes: WRITES + 1,
  external_calls: CALLS + 1,
  attempts: ATTEMPTS + 1,
  waits: WAITS + 1,
  time: TIME_MS,
} as const);
export type Measure = keyof typeof MEASURES;

export interface DearStep {
  readonly node: string;
  readonly outcome: string;
  /** What the step adds, with all that it makes necessary to undo later. */
  readonly adds: number;
  /** How much of that is undoing it. */
  readonly undoing: number;
  /** In a fork, of what the step's own costs are made up. */
  readonly inside: readonly DearShare[];
}

/** So many times what these steps add: items that went alike, or a branch. */
export interface DearShare {
  /** The map, or the branch. */
  readonly name: string;
  readonly counts: "items" | "rounds" | "branch";
  readonly times: number;
  /** Of a time, whether it is that of undoing alone: another share has that of the way. */
  readonly isUndoing: boolean;
  readonly steps: readonly DearStep[];
}

export interface DearPath {
  readonly steps: readonly DearStep[];
  /** The outcome at its end. */
  readonly outcome: string;
}

/** The path with the most of a measure. */
export function dearestPath({ reckoning, trunk }: BoundsProof, measure: Measure): DearPath {
  return follow(reckoning, trunk, dearest(trunk, MEASURES[measure]));
}

function follow(reckoning: Reckoning, reckoned: Reckoned, from: Goal): DearPath {
  const steps: DearStep[] = [];
  const { part } = reckoned;
  const { place } = from;
  let index = part.root;
  let goal = from;
  for (;;) {
    const node = nodeOf(reckoning.graph, index);
    const taken = best(reckoning, reckoned, { index, goal });
    const ends = isEnd(node) && endOf(node, part) === goal.end && goal.most === 0;
    if (taken === undefined || (ends && isSame(goal.undoing, reckoned.undoing))) {
      return { steps, outcome: isEnd(node) ? node.outcome : goal.end };
    }
    const { edge, cost, next } = taken;
    const { outcome } = edge;
    const adds = at(cost, place);
    const own = isFork(node) ? adds : at(stepCost(node, outcome), place);
    // What waits without end is not undone: the difference of two such times is no number.
    const undoing = own === adds ? 0 : adds - own;
    const inside = isFork(node) ? sharesOf(reckoning, node, { taken, place }) : [];
    steps.push({ node: node.name, outcome, adds, undoing, inside });
    goal = { ...goal, undoing: next.undoing, most: mostAt(next.ends, goal.end, place) };
    index = edge.to;
  }
}

/** What a fork's costs are made up of; what costs nothing is not shown. */
function sharesOf(
  reckoning: Reckoning,
  fork: ForkNode,
  { taken, place }: { readonly taken: Taken; readonly place: number },
): readonly DearShare[] {
  const { parts, shares } = reckoning.sharesOf(fork, taken, place);
  return shares.flatMap((share) => {
    const reckoned = parts[share.part];
    if (reckoned === undefined || share.times === 0) return [];
    const end = share.ends === "succeeded" ? SUCCEEDED : FAILED;
    const goal = dearest(reckoned, share.place, end);
    if (goal.most === 0) return [];
    const ofItems = share.isRounds === true ? ("rounds" as const) : ("items" as const);
    return [
      {
        name: reckoned.part.name,
        counts: fork.kind === "map" ? ofItems : ("branch" as const),
        times: share.times,
        isUndoing: share.place === UNDOING_MS,
        steps: follow(reckoning, reckoned, goal).steps,
      },
    ];
  });
}

interface Goal {
  readonly undoing: Undoing;
  readonly end: string;
  readonly place: number;
  readonly most: number;
}

/** The most that is ahead of the root of a part; to one end, where one is given. */
function dearest({ part, ahead }: Reckoned, place: number, wanted?: string): Goal {
  let found: Goal = { undoing: NEVER, end: "", place, most: Number.NEGATIVE_INFINITY };
  for (const { undoing, ends } of ahead.get(part.root)?.values() ?? []) {
    for (const [end, cost] of ends) {
      if (wanted !== undefined && end !== wanted) continue;
      const most = at(cost, place);
      if (most > found.most) found = { undoing, end, place, most };
    }
  }
  return found;
}

function best(
  reckoning: Reckoning,
  reckoned: Reckoned,
  { index, goal }: { readonly index: number; readonly goal: Goal },
): Taken | undefined {
  let found: Taken | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const taken of reckoning.waysFrom(nodeOf(reckoning.graph, index), reckoned)) {
    if (!isSame(taken.undoing, goal.undoing)) continue;
    const here = at(taken.cost, goal.place) + mostAt(taken.next.ends, goal.end, goal.place);
    if (here > most) {
      found = taken;
      most = here;
    }
  }
  return found;
}

function mostAt(ends: ReadonlyMap<string, Cost>, end: string, place: number): number {
  const cost = ends.get(end);
  return cost === undefined ? Number.NEGATIVE_INFINITY : at(cost, place);
}

function isSame(a: Undoing, b: Undoing): boolean {
  return a === b || keyOf(a) === keyOf(b);
}
