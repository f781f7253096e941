/**
 * The exact number of paths, by adding up along the edges; nothing is listed, so that it makes no
 * difference how many there are. A path is the steps from the start to an end, each with its
 * outcome. Paths without any of the engine's own outcomes are declared, the others by the engine.
 *
 * How parts are composed: a `map` or a `parallel` is one step with one outcome. The paths of one item,
 * and of each branch, are counted as a part of their own; neither items nor branches are multiplied
 * out. A called workflow is written out, so its paths are the caller's.
 *
 * Feasible paths are those that no two decisions on the same value exclude. It is exact for what the
 * prover decides; `decided` is false where something was too much to be looked at, and then only what
 * was proven infeasible is subtracted.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { type Alternatives, Decisions, keyOfAlternatives, NOTHING_KNOWN } from "./decisions.ts";
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
  const decisions = new Decisions(graph, part);
  const structural = structuralIn(graph, part);
  const feasible = decisions.asks.size === 0 ? structural : feasibleIn(graph, part, decisions);
  const ends = endsIn(graph, part).map(([index, node]) => {
    const { declared, engine } = structural.get(index) ?? NONE;
    const possible = { ...(feasible.get(index) ?? NONE) };
    return { end: node.name, outcome: node.outcome, declared, engine, feasible: possible };
  });
  return { part: part.name, ...totalOf(ends), ends, decided: decisions.wholly };
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

/** Ways that share what is known of every value that is decided on later. */
interface Knowing {
  readonly known: readonly Alternatives[];
  readonly ways: Ways;
}

/** So many groups of ways are told apart at one node. */
const GROUPS_MAX = 128;

function feasibleIn(graph: Graph, part: Part, decisions: Decisions): ReadonlyMap<number, Ways> {
  const { root, order } = part;
  const asked = askedLater(graph, part, decisions);
  const values = Math.max(...decisions.asks.values()) + 1;
  const nothing = new Array<Alternatives>(values).fill(NOTHING_KNOWN);
  const open = new Map<number, Map<string, Knowing>>();
  const add = (to: number, known: readonly Alternatives[], ways: Ways): void => {
    const later = asked.get(to) ?? 0;
    const kept = known.map((one, value) => (later & (1 << value) ? one : NOTHING_KNOWN));
    const key = kept.map(keyOfAlternatives).join("|");
    const groups = open.get(to) ?? new Map<string, Knowing>();
    open.set(to, groups);
    const other = groups.get(key);
    groups.set(key, { known: kept, ways: other === undefined ? ways : sum(other.ways, ways) });
  };
  add(root, nothing, ONE);
  const totals = new Map<number, Ways>();
  for (const index of order) {
    const groups = withinReason([...(open.get(index)?.values() ?? [])], nothing, decisions);
    open.delete(index);
    totals.set(index, groups.map(({ ways }) => ways).reduce(sum, NONE));
    for (const { known, ways } of groups) {
      for (const { outcome, to, engine } of nodeOf(graph, index).edges) {
        const now = afterStep(decisions, { index, outcome }, known);
        if (now !== undefined) add(to, now, over(ways, engine === true));
      }
    }
  }
  return totals;
}

/** Too many groups are taken for one of which nothing is known. */
function withinReason(
  groups: readonly Knowing[],
  nothing: readonly Alternatives[],
  decisions: Decisions,
): readonly Knowing[] {
  if (groups.length <= GROUPS_MAX) return groups;
  decisions.wholly = false;
  return [{ known: nothing, ways: groups.map(({ ways }) => ways).reduce(sum, NONE) }];
}

/** What is known after a step; undefined where it is excluded by what was decided before. */
export function afterStep(
  decisions: Decisions,
  { index, outcome }: { readonly index: number; readonly outcome: string },
  known: readonly Alternatives[],
): readonly Alternatives[] | undefined {
  const value = decisions.asks.get(index);
  if (value === undefined) return known;
  const now = decisions.after(known[value] ?? null, index, outcome);
  return now === undefined ? undefined : known.with(value, now);
}

/** By node, the values (as bits) that are decided on there or further on. */
function askedLater(graph: Graph, { order }: Part, { asks }: Decisions) {
  const asked = new Map<number, number>();
  for (const index of order.toReversed()) {
    const value = asks.get(index);
    const here = value === undefined ? 0 : 1 << value;
    const later = nodeOf(graph, index).edges.map(({ to }) => asked.get(to) ?? 0);
    asked.set(
      index,
      later.reduce((all, one) => all | one, here),
    );
  }
  return asked;
}
