/**
 * From every node of a part, the least and most that is still to come, by the end that is reached:
 * one pass against the edges. What an `undo` further on will undo is counted where it is done: a
 * state carries which names that concerns, and there are as few of them as calls within calls.
 */
import {
  CANCELLED,
  type Edge,
  type ExitNode,
  type Graph,
  type GraphNode,
  type JoinNode,
  type UndoNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { ABSENT, type Cost, either, isAbsent, NOTHING, plus, widen } from "./cost.ts";
import {
  mapCost,
  mapShares,
  parallelCost,
  parallelShares,
  type Share,
  type Ways,
} from "./fork-cost.ts";
import { type ForkNode, hasSucceeded, isEnd, isFork, nodeOf, type Part, partsOf } from "./part.ts";
import { cancelledAs } from "./scopes.ts";
import { stepCost, undoingCost, undoneAfter } from "./step-cost.ts";

/**
 * What will be undone later: all that begins with `within`; wholly, or as far as it can be. The
 * first that covers a node is the one that undoes it; those further on are wider.
 */
export type Undoing = readonly { readonly within: string; readonly wholly: boolean }[];

export const NEVER: Undoing = Object.freeze([]);
/** Undoings one after the other that are told apart; beyond, the wider ones are taken together. */
const UNDOINGS_MAX = 4;

/** By the end that is reached: an outcome of the execution; of an item or branch, one of two. */
export type Ends = ReadonlyMap<string, Cost>;
export const SUCCEEDED = "succeeded";
export const FAILED = "failed";

/** From one node on, by what will be undone. */
export type Ahead = ReadonlyMap<string, { readonly undoing: Undoing; readonly ends: Ends }>;

export interface Reckoned {
  readonly part: Part;
  /** What is still to be undone when it is at its end. */
  readonly undoing: Undoing;
  readonly ahead: ReadonlyMap<number, Ahead>;
}

/** One step on the way: the edge that is taken, what it costs, and what will be undone after it. */
export interface Taken {
  readonly edge: Edge;
  readonly cost: Cost;
  readonly next: { readonly undoing: Undoing; readonly ends: Ends };
  /** What will be undone, seen from before the step. */
  readonly undoing: Undoing;
}

/** What runs in a fork, and what of it the fork's cost is made up of. */
export interface ForkShares {
  readonly parts: readonly Reckoned[];
  readonly shares: readonly Share[];
}

export class Reckoning {
  readonly #forks = new Map<string, readonly Reckoned[]>();

  constructor(readonly graph: Graph) {}

  /** A part whose ends stand where `undoing` is still to come. */
  reckon(part: Part, undoing: Undoing): Reckoned {
    const ahead = new Map<number, Ahead>();
    const reckoned = { part, undoing, ahead };
    for (const index of part.order.toReversed()) {
      const node = nodeOf(this.graph, index);
      const found = new Map<string, { undoing: Undoing; ends: Map<string, Cost> }>();
      if (isEnd(node)) {
        merge(found, { undoing, cost: NOTHING, ends: new Map([[endOf(node, part), NOTHING]]) });
      }
      for (const { cost, undoing: here, next } of this.waysFrom(node, reckoned)) {
        merge(found, { undoing: here, cost, ends: next.ends });
      }
      ahead.set(index, found);
    }
    return reckoned;
  }

  /** Every way on from a node of a part whose later nodes are reckoned. */
  *waysFrom(node: GraphNode, { ahead }: Reckoned): Generator<Taken> {
    for (const edge of node.edges) {
      for (const next of ahead.get(edge.to)?.values() ?? []) {
        const undoing = before(node, edge, next.undoing);
        const cost = this.#costOf(node, edge, next.undoing);
        if (!isAbsent(cost)) yield { edge, cost, next, undoing };
      }
    }
  }

  /** What the cost of passing a fork is made up of, at one place. */
  sharesOf(fork: ForkNode, { edge, next }: Taken, place: number): ForkShares {
    const parts = this.#within(fork, insideOf(fork, next.undoing));
    const ways = parts.map(waysOf);
    if (fork.kind === "parallel") {
      return { parts, shares: parallelShares(edge.outcome, ways, place) };
    }
    return { parts, shares: mapShares(edge.outcome, fork, { ways: onlyOne(ways), place }) };
  }

  /** What runs in a fork, where `undoing` is still to come. */
  #within(fork: ForkNode, undoing: Undoing): readonly Reckoned[] {
    const key = `${fork.name} ${keyOf(undoing)}`;
    let known = this.#forks.get(key);
    if (known === undefined) {
      known = partsOf(this.graph, fork).map((part) => this.reckon(part, undoing));
      this.#forks.set(key, known);
    }
    return known;
  }

  #costOf(node: GraphNode, { outcome }: Edge, undoing: Undoing): Cost {
    if (isFork(node)) {
      return this.#forkCost(node, outcome, insideOf(node, undoing));
    }
    const step = stepCost(node, outcome);
    const [first] = covering(undoing, node.name);
    if (first === undefined) return step;
    const undone = (as: string) => undoneCost(this.graph, node, { step, as, first });
    if (outcome !== CANCELLED) return undone(outcome);
    return [outcome, ...cancelledAs(node)].map(undone).reduce(either);
  }

  #forkCost(fork: ForkNode, outcome: string, undoing: Undoing): Cost {
    const ways = this.#within(fork, undoing).map(waysOf);
    if (fork.kind === "parallel") return parallelCost(outcome, ways);
    return mapCost(outcome, fork, onlyOne(ways));
  }
}

/** A step, with what undoing it costs where it is taken to have ended so. */
function undoneCost(
  graph: Graph,
  node: GraphNode,
  {
    step,
    as,
    first,
  }: { readonly step: Cost; readonly as: string; readonly first: Undoing[number] },
): Cost {
  const done = undoneAfter(node, as);
  if (done === undefined) return step;
  // What nothing undoes stands: then not all of it was undone.
  if (done.by === null) return first.wholly ? ABSENT : step;
  return plus(step, undoingCost(nodeOf(graph, done.by), first.wholly ? done.done : null));
}

function onlyOne([ways]: readonly Ways[]): Ways {
  invariant(ways !== undefined, "a map has a body");
  return ways;
}

/** What will be undone of what runs in a fork. */
function insideOf({ name }: ForkNode, later: Undoing): Undoing {
  return covering(later, `${name}/`);
}

/** From the root of an item or branch: what it may cost to succeed, and not to. */
function waysOf({ part, ahead }: Reckoned): Ways {
  let succeeded: Cost = ABSENT;
  let failed: Cost = ABSENT;
  for (const { ends } of ahead.get(part.root)?.values() ?? []) {
    succeeded = either(succeeded, ends.get(SUCCEEDED) ?? ABSENT);
    failed = either(failed, ends.get(FAILED) ?? ABSENT);
  }
  return { succeeded, failed };
}

export function endOf(node: ExitNode | JoinNode, { succeed }: Part): string {
  if (node.kind === "exit") return node.outcome;
  return hasSucceeded(node, succeed ?? []) ? SUCCEEDED : FAILED;
}

/** What will be undone, seen from before a step: calls that were left behind concern nobody more. */
function before(node: GraphNode, edge: Edge, later: Undoing): Undoing {
  const here = covering(later, node.name);
  return node.kind === "undo" ? preceding(node, edge, here) : here;
}

/** Whatever is done within the narrower is within the wider, too, and is undone by the former. */
function preceding({ within }: UndoNode, { outcome }: Edge, later: Undoing): Undoing {
  const wider = later.filter((one) => one.within.length < within.length);
  const all = [{ within, wholly: outcome === "COMPENSATED" }, ...wider];
  if (all.length <= UNDOINGS_MAX) return all;
  const joined = all.slice(UNDOINGS_MAX - 1);
  const widest = joined.at(-1)?.within ?? within;
  const wholly = joined.every((one) => one.wholly);
  return [...all.slice(0, UNDOINGS_MAX - 1), { within: widest, wholly }];
}

function covering(undoing: Undoing, name: string): Undoing {
  if (undoing.every(({ within }) => name.startsWith(within))) return undoing;
  return undoing.filter(({ within }) => name.startsWith(within));
}

export function keyOf(undoing: Undoing): string {
  return undoing.map(({ within, wholly }) => `${wholly ? "wholly" : "partly"} ${within}`).join(" ");
}

type Found = Map<string, { undoing: Undoing; ends: Map<string, Cost> }>;

interface Way {
  readonly undoing: Undoing;
  /** Of the step, and of what is ahead of it. */
  readonly cost: Cost;
  readonly ends: Ends;
}

function merge(found: Found, { undoing, cost, ends }: Way): void {
  const key = keyOf(undoing);
  const known = found.get(key) ?? { undoing, ends: new Map<string, Cost>() };
  found.set(key, known);
  for (const [end, ahead] of ends) {
    const other = known.ends.get(end);
    if (other === undefined) known.ends.set(end, plus(cost, ahead));
    else widen(other, cost, ahead);
  }
}
