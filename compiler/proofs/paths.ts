/**
 * The exact number of paths, by adding up along the edges; nothing is listed, so that it makes no
 * difference how many there are. A path is the steps from the start to an end, each with its
 * outcome. Paths without any of the engine's own outcomes are declared, the others by the engine.
 *
 * How parts are composed: a `map` or a `parallel` is one step with one outcome. The paths of one item,
 * and of each branch, are counted as a part of their own; neither items nor branches are multiplied
 * out. A called workflow is written out, so its paths are the caller's.
 *
 * Feasible paths are those that no two decisions on the same value exclude, and on which what is undone
 * can end so: nothing is wholly undone after what stands for good, and nothing is left of what was
 * never done. It is exact for what the prover decides; `decided` is false where something was too
 * much to be looked at, and then only what was proven infeasible is subtracted.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { Feasible, type Knowledge, keyOfKnowledge } from "./feasible.ts";
import { allParts, endsIn, nodeOf, type Part } from "./part.ts";

export interface PathCount {
  readonly declared: bigint;
  readonly engine: bigint;
  readonly feasible: { readonly declared: bigint; readonly engine: bigint };
}

export interface EndCount extends PathCount {
  /** The node at the end. */
  readonly end: string;
  readonly outcome: string;
}

export interface PartPaths extends PathCount {
  /** Empty for the workflow itself, else the fork's name, or `<fork>/<branch>`. */
  readonly part: string;
  readonly ends: readonly EndCount[];
  readonly decided: boolean;
}

/** The workflow's own paths first, then those of each part. */
export function pathsOf(graph: Graph): readonly PartPaths[] {
  return allParts(graph).map((part) => pathsIn(graph, part));
}

function pathsIn(graph: Graph, part: Part): PartPaths {
  const ruled = new Feasible(graph, part);
  const structural = structuralIn(graph, part);
  const feasible = ruled.excludes ? feasibleIn(graph, part, ruled) : structural;
  const ends = endsIn(graph, part).map(([index, node]) => {
    const { declared, engine } = structural.get(index) ?? NONE;
    const possible = { ...(feasible.get(index) ?? NONE) };
    return { end: node.name, outcome: node.outcome, declared, engine, feasible: possible };
  });
  return { part: part.name, ...totalOf(ends), ends, decided: ruled.wholly };
}

interface Ways {
  readonly declared: bigint;
  readonly engine: bigint;
}

const NONE: Ways = Object.freeze({ declared: 0n, engine: 0n });
const ONE: Ways = Object.freeze({ declared: 1n, engine: 0n });

function sum(a: Ways, b: Ways): Ways {
  return { declared: a.declared + b.declared, engine: a.engine + b.engine };
}

/** Over an engine edge every way is one by the engine. */
function over({ declared, engine }: Ways, byEngine: boolean): Ways {
  return byEngine ? { declared: 0n, engine: declared + engine } : { declared, engine };
}

export function totalOf(ends: readonly PathCount[]): PathCount {
  return {
    ...ends.reduce<Ways>(sum, NONE),
    feasible: ends.map(({ feasible }) => feasible).reduce<Ways>(sum, NONE),
  };
}

/** By node, the ways from the root to it. */
function structuralIn(graph: Graph, { root, order }: Part): ReadonlyMap<number, Ways> {
  const ways = new Map<number, Ways>([[root, ONE]]);
  for (const index of order) {
    const here = ways.get(index) ?? NONE;
    for (const { to, engine } of nodeOf(graph, index).edges) {
      ways.set(to, sum(ways.get(to) ?? NONE, over(here, engine === true)));
    }
  }
  return ways;
}

/** Ways that share what is known of them, as far as it is asked for later. */
interface Knowing {
  readonly knowledge: Knowledge;
  readonly ways: Ways;
}

/** So many groups of ways are told apart at one node. */
const GROUPS_MAX = 128;

function feasibleIn(graph: Graph, part: Part, feasible: Feasible): ReadonlyMap<number, Ways> {
  const { root, order } = part;
  const open = new Map<number, Map<string, Knowing>>();
  const add = (to: number, found: Knowledge, ways: Ways): void => {
    const knowledge = feasible.from(to, found);
    const key = keyOfKnowledge(knowledge);
    const groups = open.get(to) ?? new Map<string, Knowing>();
    open.set(to, groups);
    const other = groups.get(key);
    groups.set(key, { knowledge, ways: other === undefined ? ways : sum(other.ways, ways) });
  };
  add(root, feasible.start, ONE);
  const totals = new Map<number, Ways>();
  for (const index of order) {
    const groups = withinReason([...(open.get(index)?.values() ?? [])], feasible);
    open.delete(index);
    totals.set(index, groups.map(({ ways }) => ways).reduce(sum, NONE));
    for (const { knowledge, ways } of groups) {
      for (const { outcome, to, engine } of nodeOf(graph, index).edges) {
        const now = feasible.after(knowledge, { index, outcome });
        if (now !== undefined) add(to, now, over(ways, engine === true));
      }
    }
  }
  return totals;
}

/** Too many groups are taken for one of which nothing is known. */
function withinReason(groups: readonly Knowing[], feasible: Feasible): readonly Knowing[] {
  if (groups.length <= GROUPS_MAX) return groups;
  feasible.giveUp();
  const ways = groups.map((group) => group.ways).reduce(sum, NONE);
  return [{ knowledge: feasible.lost, ways }];
}
