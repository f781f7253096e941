/**
 * A path that shows a bound: from the start, step by step, whichever way costs the most of one
 * measure. In a fork it shows one item, or each branch, in the same way.
 */

import type { BoundsProof } from "./bounds.ts";
import { ATTEMPTS, at, CALLS, type Cost, TIME_MS, WAITS, WAY_MS, WRITES } from "./cost.ts";
import { isEnd, isFork, nodeOf } from "./part.ts";
import {
  endOf,
  keyOf,
  NEVER,
  type Reckoned,
  type Reckoning,
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
  /** What one item does that costs the most, or every branch. */
  readonly inside: readonly {
    readonly name: string;
    readonly steps: readonly DearStep[];
    /** Of a map: how many items there may be, and how many of them at a time. */
    readonly items?: { readonly max: number; readonly concurrency: number };
  }[];
}

export interface DearPath {
  readonly steps: readonly DearStep[];
  /** The outcome at its end. */
  readonly outcome: string;
}

/** The path with the most of a measure. */
export function dearestPath({ reckoning, trunk }: BoundsProof, measure: Measure): DearPath {
  return follow(reckoning, trunk, MEASURES[measure]);
}

function follow(reckoning: Reckoning, reckoned: Reckoned, place: number): DearPath {
  const steps: DearStep[] = [];
  const { part, ahead } = reckoned;
  let index = part.root;
  let goal = dearest(ahead.get(index)?.values() ?? [], place);
  for (;;) {
    const node = nodeOf(reckoning.graph, index);
    const taken = best(reckoning, reckoned, { index, goal, place });
    const ends = isEnd(node) && endOf(node, part) === goal.end && goal.most === 0;
    if (taken === undefined || (ends && isSame(goal.undoing, reckoned.undoing))) {
      return { steps, outcome: isEnd(node) ? node.outcome : goal.end };
    }
    const { edge, cost, next } = taken;
    const inside = isFork(node)
      ? reckoning.within(node, next.undoing).map((one) => ({
          name: one.part.name,
          ...(node.kind === "map"
            ? { items: { max: node.max, concurrency: node.concurrency } }
            : {}),
          steps: follow(reckoning, one, place === TIME_MS ? WAY_MS : place).steps,
        }))
      : [];
    const adds = at(cost, place);
    const undoing = isFork(node) ? 0 : adds - at(stepCost(node, edge.outcome), place);
    steps.push({ node: node.name, outcome: edge.outcome, adds, undoing, inside });
    goal = { ...goal, undoing: next.undoing, most: mostAt(next.ends, goal.end, place) };
    index = edge.to;
  }
}

interface Goal {
  readonly undoing: Undoing;
  readonly end: string;
  readonly most: number;
}

function dearest(
  all: Iterable<{ readonly undoing: Undoing; readonly ends: ReadonlyMap<string, Cost> }>,
  place: number,
): Goal {
  let found: Goal = { undoing: NEVER, end: "", most: Number.NEGATIVE_INFINITY };
  for (const { undoing, ends } of all) {
    for (const [end, cost] of ends) {
      const most = at(cost, place);
      if (most > found.most) found = { undoing, end, most };
    }
  }
  return found;
}

interface Standing {
  readonly index: number;
  readonly goal: Goal;
  readonly place: number;
}

function best(
  reckoning: Reckoning,
  reckoned: Reckoned,
  { index, goal, place }: Standing,
): Taken | undefined {
  let found: Taken | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const taken of reckoning.waysFrom(nodeOf(reckoning.graph, index), reckoned)) {
    if (!isSame(taken.undoing, goal.undoing)) continue;
    const here = at(taken.cost, place) + mostAt(taken.next.ends, goal.end, place);
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
