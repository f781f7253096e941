/**
 * How often at least, and at most, the paths of a graph come to something: a walk backward, in the
 * graph's order, that keeps the best number to an end and the way that reaches it. What is undone
 * counts as well: for each node it is kept which of the scopes around it the rest of the way undoes.
 * Attempts of one call are one; outcomes of what undoes are each possible by itself.
 */
import {
  CANCELLED,
  type Graph,
  type GraphNode,
  isCancelEdge,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { type Counted, countOfFork, type Sense, type Ways } from "./fork-counts.ts";
import {
  type ForkNode,
  hasSucceeded,
  isEnd,
  isFork,
  nodeOf,
  type Part,
  partsOf,
  trunkOf,
} from "./part.ts";
import { type Meant, outcomesOfNode } from "./points.ts";
import { cancelledAs, type Scopes, scopesOf, sharedScopes, undoneBy } from "./scopes.ts";
import { grown, type Inside, type Step, type Trail } from "./trail.ts";

export interface CountedLaw {
  readonly of: Meant;
  /** Outcomes of the paths that are counted; null for all. */
  readonly endingIn: readonly string[] | null;
}

interface Walk {
  readonly graph: Graph;
  readonly scopes: Scopes;
  readonly sense: Sense;
  readonly of: Meant;
  /** By fork and whether what it does is undone later on. */
  readonly forks: Map<string, readonly Ways[]>;
}

/** A part, the scopes around it, and whether the rest of the way undoes what it does. */
interface Place {
  readonly part: Part;
  readonly around: number;
  readonly inFork: boolean;
  readonly isUndone: boolean;
  readonly isGoal: (end: GraphNode) => boolean;
}

/** No scope around a node is undone on the rest of the way. */
const NONE = -1;

/** The best way on from a node, of those that undo the same of the scopes around it. */
interface Best {
  readonly count: number;
  readonly step: Step;
  readonly next: { readonly node: number; readonly undone: number } | null;
}

/** By node, then by the outermost of its scopes that is undone later. */
type Table = ReadonlyMap<number, ReadonlyMap<number, Best>>;

/** The least or the most; null where no path ends so. The least is that of paths not cancelled. */
export function countOf(graph: Graph, law: CountedLaw, sense: Sense): Counted | null {
  const { of, endingIn } = law;
  const walk: Walk = { graph, scopes: scopesOf(graph), sense, of, forks: new Map() };
  const isGoal = (end: GraphNode) =>
    end.kind === "exit" && (endingIn === null || endingIn.includes(end.outcome));
  const part = trunkOf(graph);
  return countIn(walk, { part, around: 0, inFork: false, isUndone: false, isGoal });
}

function countIn(walk: Walk, place: Place): Counted | null {
  const table = tableOf(walk, place);
  const from = place.part.root;
  let chosen: { readonly undone: number; readonly best: Best } | null = null;
  for (const [undone, best] of table.get(from) ?? []) {
    if (chosen === null || isBetter(walk.sense, best.count, chosen.best.count)) {
      chosen = { undone, best };
    }
  }
  if (chosen === null) return null;
  return { count: chosen.best.count, trail: trailOf(table, from, chosen.undone) };
}

function trailOf(table: Table, from: number, undone: number): Trail {
  let trail: Trail = null;
  let at: Best["next"] = { node: from, undone };
  while (at !== null) {
    const best: Best | undefined = table.get(at.node)?.get(at.undone);
    invariant(best !== undefined, "a way leads on to where it was found");
    trail = grown(trail, best.step);
    at = best.next;
  }
  return trail;
}

function isBetter(sense: Sense, a: number, b: number): boolean {
  return sense === "most" ? a > b : a < b;
}

function tableOf(walk: Walk, place: Place): Table {
  const table = new Map<number, Map<number, Best>>();
  for (const index of place.part.order.toReversed()) {
    const row = new Map<number, Best>();
    const keep = (undone: number, best: Best) => {
      const known = row.get(undone);
      if (known === undefined || isBetter(walk.sense, best.count, known.count)) {
        row.set(undone, best);
      }
    };
    const node = nodeOf(walk.graph, index);
    if (isEnd(node) && place.isGoal(node)) {
      const step = { node: index, outcome: node.outcome };
      const count = walk.of(node, node.outcome) ? 1 : 0;
      keep(place.isUndone ? 0 : NONE, { count, step, next: null });
    }
    for (const edge of node.edges) {
      if (isCancelEdge(edge) && (place.inFork || walk.sense === "least")) continue;
      for (const [later, { count }] of table.get(edge.to) ?? []) {
        const covered = seenFrom(walk, place, { from: index, to: edge.to, undone: later });
        const passed = passing(walk, { index, outcome: edge.outcome, covered });
        if (passed === null) continue;
        const undone = node.kind === "undo" ? ownOf(walk, place, index, covered) : covered;
        const next = { node: edge.to, undone: later };
        keep(undone, { count: count + passed.count, step: passed.step, next });
      }
    }
    table.set(index, row);
  }
  return table;
}

interface Seen {
  readonly from: number;
  readonly to: number;
  readonly undone: number;
}

/** The scope that is undone later, if the node before stands in it as well. */
function seenFrom({ scopes }: Walk, place: Place, { from, to, undone }: Seen): number {
  const [a = [], b = []] = [scopes[from], scopes[to]];
  const shared = baseOf(place) + sharedScopes(a, b) - place.around;
  return undone < shared ? undone : NONE;
}

/** A fork's own level stands below those of the scopes within it. */
function baseOf({ inFork }: Place): 0 | 1 {
  return inFork ? 1 : 0;
}

function ownOf({ scopes }: Walk, place: Place, index: number, covered: number): number {
  const own = baseOf(place) + (scopes[index]?.length ?? 0) - place.around - 1;
  return covered === NONE ? own : Math.min(own, covered);
}

interface Passing {
  readonly index: number;
  readonly outcome: string;
  readonly covered: number;
}

function passing(
  walk: Walk,
  { index, outcome, covered }: Passing,
): { readonly count: number; readonly step: Step } | null {
  const node = nodeOf(walk.graph, index);
  const own = walk.of(node, outcome) ? 1 : 0;
  const step = { node: index, outcome };
  if (!isFork(node)) {
    if (covered === NONE) return { count: own, step };
    const taken = isCancelled(node, outcome) ? [outcome, ...cancelledAs(node)] : [outcome];
    const undone = taken
      .map((as) => undoing(walk, node, as))
      .reduce((a, b) => (isBetter(walk.sense, b.count, a.count) ? b : a));
    const told = undone.step === undefined ? step : { ...step, undoing: undone.step };
    return { count: own + undone.count, step: told };
  }
  const ran = countOfFork(node, waysOf(walk, node, index, covered !== NONE), {
    outcome,
    sense: walk.sense,
  });
  if (ran === null) return null;
  const inside: readonly Inside[] = ran.inside;
  return { count: own + ran.count, step: inside.length === 0 ? step : { ...step, inside } };
}

function isCancelled(node: GraphNode, outcome: string): boolean {
  return outcome === CANCELLED && node.edges.some((edge) => isCancelEdge(edge));
}

/** How often what undoes this node comes to it: not at all, once, or as its outcome may be. */
function undoing(
  { graph, of, sense }: Walk,
  node: GraphNode,
  ended: string,
): { readonly count: number; readonly step?: Step } {
  const by = undoneBy(graph, node, ended);
  if (by === undefined) return { count: 0 };
  const outcomes = outcomesOfNode(by);
  const best = outcomes.find((one) => of(by, one) === (sense === "most")) ?? outcomes[0];
  if (best === undefined) return { count: 0 };
  return { count: of(by, best) ? 1 : 0, step: { node: graph.nodes.indexOf(by), outcome: best } };
}

function waysOf(walk: Walk, fork: ForkNode, index: number, isUndone: boolean): readonly Ways[] {
  const key = `${index} ${isUndone}`;
  const known = walk.forks.get(key);
  if (known !== undefined) return known;
  const around = walk.scopes[index]?.length ?? 0;
  const ways = partsOf(walk.graph, fork).map((part) => {
    const succeed = part.succeed ?? [];
    const to = (wanted: boolean) => (end: GraphNode) =>
      end.kind === "join" && hasSucceeded(end, succeed) === wanted;
    const place = { part, around, inFork: true, isUndone };
    return {
      succeeded: countIn(walk, { ...place, isGoal: to(true) }),
      failed: countIn(walk, { ...place, isGoal: to(false) }),
    };
  });
  walk.forks.set(key, ways);
  return ways;
}
