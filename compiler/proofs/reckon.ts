/**
 * From every node of a part, the least and most that is still to come, by the end that is reached:
 * one pass against the edges. What an `undo` further on will undo is counted where it is done: a
 * state carries which names that concerns, and there are as few of them as calls within calls.
 */
import type {
  Edge,
  ExitNode,
  Graph,
  GraphNode,
  JoinNode,
  UndoNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { ABSENT, type Cost, either, isAbsent, NOTHING, plus } from "./cost.ts";
import { mapCost, parallelCost, type Ways } from "./fork-cost.ts";
import { type ForkNode, hasSucceeded, isEnd, isFork, nodeOf, type Part, partsOf } from "./part.ts";
import { stepCost, undoingCost, undoneBy } from "./step-cost.ts";

/** What will be undone later: all that begins with `within`; wholly, or as far as it can be. */
export interface Undoing {
  readonly within: string;
  readonly wholly: boolean;
}

/** By the end that is reached: an outcome of the execution; of an item or branch, one of two. */
export type Ends = ReadonlyMap<string, Cost>;
export const SUCCEEDED = "succeeded";
export const FAILED = "failed";

/** From one node on, by what will be undone. */
export type Ahead = ReadonlyMap<string, { readonly undoing: Undoing | null; readonly ends: Ends }>;

export interface Reckoned {
  readonly part: Part;
  /** What is still to be undone when it is at its end. */
  readonly undoing: Undoing | null;
  readonly ahead: ReadonlyMap<number, Ahead>;
}

/** One step on the way: the edge that is taken, what it costs, and what will be undone after it. */
export interface Taken {
  readonly edge: Edge;
  readonly cost: Cost;
  readonly next: { readonly undoing: Undoing | null; readonly ends: Ends };
  /** What will be undone, seen from before the step. */
  readonly undoing: Undoing | null;
}

export class Reckoning {
  readonly #forks = new Map<string, readonly Reckoned[]>();

  constructor(readonly graph: Graph) {}

  /** A part whose ends stand where `undoing` is still to come. */
  reckon(part: Part, undoing: Undoing | null): Reckoned {
    const ahead = new Map<number, Ahead>();
    const reckoned = { part, undoing, ahead };
    for (const index of part.order.toReversed()) {
      const node = nodeOf(this.graph, index);
      const found = new Map<string, { undoing: Undoing | null; ends: Map<string, Cost> }>();
      if (isEnd(node)) merge(found, undoing, new Map([[endOf(node, part), NOTHING]]));
      for (const taken of this.waysFrom(node, reckoned)) {
        merge(found, taken.undoing, preceded(taken.cost, taken.next.ends));
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

  /** What runs in a fork, where `undoing` is still to come. */
  within(fork: ForkNode, undoing: Undoing | null): readonly Reckoned[] {
    const key = `${fork.name} ${keyOf(undoing)}`;
    let known = this.#forks.get(key);
    if (known === undefined) {
      known = partsOf(this.graph, fork).map((part) => this.reckon(part, undoing));
      this.#forks.set(key, known);
    }
    return known;
  }

  #costOf(node: GraphNode, { outcome }: Edge, undoing: Undoing | null): Cost {
    if (isFork(node)) {
      return this.#forkCost(node, outcome, covering(undoing, `${node.name}/`));
    }
    const done = undoneBy(node, outcome);
    const step = stepCost(node, outcome);
    if (done === undefined || covering(undoing, node.name) === null) return step;
    const { wholly } = undoing as Undoing;
    return plus(step, undoingCost(nodeOf(this.graph, done.by), wholly ? done.done : null));
  }

  #forkCost(fork: ForkNode, outcome: string, undoing: Undoing | null): Cost {
    const ways = this.within(fork, undoing).map(waysOf);
    if (fork.kind === "parallel") return parallelCost(outcome, ways);
    const [one] = ways;
    invariant(one !== undefined, "a map has a body");
    return mapCost(outcome, fork, one);
  }
}

/** From the root of an item or branch: what it may cost to succeed, and not to. */
export function waysOf({ part, ahead }: Reckoned): Ways {
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
function before(node: GraphNode, edge: Edge, later: Undoing | null): Undoing | null {
  const here = covering(later, node.name);
  if (node.kind !== "undo") return here;
  return both(here, undoes(node, edge));
}

function undoes({ within }: UndoNode, { outcome }: Edge): Undoing {
  return { within, wholly: outcome === "COMPENSATED" };
}

function covering(undoing: Undoing | null, name: string): Undoing | null {
  return undoing !== null && name.startsWith(undoing.within) ? undoing : null;
}

/** Whatever is done within the narrower is within the wider, too; each thing is undone once. */
function both(a: Undoing | null, b: Undoing): Undoing {
  if (a === null) return b;
  const { within } = a.within.length < b.within.length ? a : b;
  return { within, wholly: a.wholly && b.wholly };
}

function keyOf(undoing: Undoing | null): string {
  return undoing === null ? "" : `${undoing.wholly ? "wholly" : "partly"} ${undoing.within}`;
}

type Found = Map<string, { undoing: Undoing | null; ends: Map<string, Cost> }>;

function merge(found: Found, undoing: Undoing | null, ends: Ends): void {
  const key = keyOf(undoing);
  const known = found.get(key);
  if (known === undefined) {
    found.set(key, { undoing, ends: new Map(ends) });
    return;
  }
  for (const [end, cost] of ends) {
    const other = known.ends.get(end);
    known.ends.set(end, other === undefined ? cost : either(other, cost));
  }
}

function preceded(cost: Cost, ends: Ends): Ends {
  if (cost === NOTHING) return ends;
  return new Map([...ends].map(([end, one]) => [end, plus(cost, one)]));
}
