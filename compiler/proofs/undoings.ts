/**
 * What is known, on a way to an end that undoes, of what was done: whether something of it surely
 * stands, so that not all of it can be undone, and whether anything was done at all, without which
 * nothing can be left. One pair of bits for each scope that is undone.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { allParts, isFork, nodeOf, type Part } from "./part.ts";
import { stands } from "./scopes.ts";

/** Scopes that are told apart. */
const SCOPES_MAX = 12;
const STANDS = 1;
const DONE = 2;

export class Undoings {
  /** False where there are too many scopes. */
  readonly wholly: boolean;
  readonly #scopes: readonly string[];
  /** Names of nodes inside of forks of which something is undone or stands. */
  readonly #inForks: readonly string[];

  constructor(
    readonly graph: Graph,
    { order, name }: Part,
  ) {
    const nodes = order.map((index) => nodeOf(graph, index));
    const scopes = [
      ...new Set(nodes.flatMap((node) => (node.kind === "undo" ? [node.within] : []))),
    ];
    this.wholly = scopes.length <= SCOPES_MAX;
    this.#scopes = scopes.slice(0, SCOPES_MAX);
    const own = new Set(order);
    this.#inForks =
      this.#scopes.length === 0 || !nodes.some(isFork)
        ? []
        : allParts(graph)
            .filter((part) => part.name !== name)
            .flatMap((part) => part.order.filter((index) => !own.has(index)))
            .map((index) => nodeOf(graph, index))
            .flatMap((node) => (undoneOf(node) === undefined ? [] : [node.name]));
  }

  get isAsked(): boolean {
    return this.#scopes.length > 0;
  }

  /** Nothing surely stands, and anything may have been done. */
  get unknown(): number {
    return this.#bits(DONE, () => true);
  }

  askedAt(index: number): number {
    const node = nodeOf(this.graph, index);
    if (node.kind !== "undo") return 0;
    return this.#bits(STANDS | DONE, (within) => within === node.within);
  }

  /** Undefined where what was done before excludes this outcome. */
  after(undoing: number, index: number, outcome: string): number | undefined {
    if (!this.isAsked) return undoing;
    const node = nodeOf(this.graph, index);
    if (node.kind === "undo") return this.#afterUndo(undoing, node, outcome);
    const left = this.#leftBy(node, outcome);
    return left === 0
      ? undoing
      : undoing | this.#bits(left, (within) => node.name.startsWith(within));
  }

  #afterUndo(
    undoing: number,
    { within }: Extract<GraphNode, { kind: "undo" }>,
    outcome: string,
  ): number | undefined {
    const own = (bit: number) => this.#bits(bit, (one) => one === within);
    // Of scopes that are not told apart nothing is known.
    if (own(DONE) === 0) return undoing;
    if (outcome === "COMPENSATED") return (undoing & own(STANDS)) === 0 ? undoing : undefined;
    if (outcome !== "PARTLY_COMPENSATED") return undoing;
    if ((undoing & own(STANDS | DONE)) === 0) return undefined;
    return undoing | this.#bits(STANDS | DONE, (one) => within.startsWith(one));
  }

  #leftBy(node: GraphNode, outcome: string): number {
    if (isFork(node)) {
      const isAny = this.#inForks.some((name) => name.startsWith(`${node.name}/`));
      return isAny && outcome !== "EMPTY" ? DONE : 0;
    }
    const undone = undoneOf(node);
    if (undone === undefined) return 0;
    if (undone.after.includes(outcome)) return undone.by === null ? STANDS | DONE : DONE;
    if (node.kind !== "external" || Object.hasOwn(node.outcomes, outcome)) return 0;
    // Nobody knows what became of it; where it was cancelled, not even whether it was begun.
    return stands(node, outcome) ? STANDS | DONE : DONE;
  }

  #bits(pair: number, isMeant: (within: string) => boolean): number {
    let bits = 0;
    for (const [at, within] of this.#scopes.entries())
      if (isMeant(within)) bits |= pair << (2 * at);
    return bits;
  }
}

function undoneOf(node: GraphNode) {
  return node.kind === "effect" || node.kind === "external" ? node.undone : undefined;
}
