/**
 * The parts of a graph: what the execution itself walks, and what each item of a `map` and each
 * branch of a `parallel` walks by itself. A part is the nodes that edges lead to from its root; no
 * edge leads from one part into another, but for what is cancelled. Nothing here recurses.
 */
import type {
  ExitNode,
  Graph,
  GraphNode,
  JoinNode,
  MapNode,
  ParallelNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";

export type ForkNode = MapNode | ParallelNode;

export type EndNode = ExitNode | JoinNode;

export interface Part {
  /** Empty for the execution itself, the fork's name, or `<fork>/<branch>`. */
  readonly name: string;
  readonly root: number;
  /** In topological order: every node before those that its edges lead to. */
  readonly order: readonly number[];
  /** Outcomes of a join with which an item or branch has succeeded; null for the execution itself. */
  readonly succeed: readonly string[] | null;
}

export function nodeOf({ nodes }: Graph, index: number): GraphNode {
  const node = nodes[index];
  invariant(node !== undefined, "every number of a graph is that of a node");
  return node;
}

/** The execution itself. */
export function trunkOf(graph: Graph): Part {
  const { start } = graph;
  return { name: "", root: start, order: orderFrom(graph, start), succeed: null };
}

/** What runs for the items of a fork, or in its branches. */
export function partsOf(graph: Graph, fork: ForkNode): readonly Part[] {
  if (fork.kind === "map") return [partAt(graph, fork.name, fork)];
  return fork.branches.map((branch) => partAt(graph, `${fork.name}/${branch.name}`, branch));
}

function partAt(
  graph: Graph,
  name: string,
  { body, succeed }: { readonly body: number; readonly succeed: readonly string[] },
): Part {
  return { name, root: body, order: orderFrom(graph, body), succeed };
}

/** All parts: the execution itself first, each fork's after the part in which the fork stands. */
export function allParts(graph: Graph): readonly Part[] {
  const parts = [trunkOf(graph)];
  for (const { order } of parts) {
    for (const index of order) {
      const node = nodeOf(graph, index);
      if (isFork(node)) parts.push(...partsOf(graph, node));
    }
  }
  return parts;
}

export function isFork(node: GraphNode): node is ForkNode {
  return node.kind === "map" || node.kind === "parallel";
}

/** Whether a node ends the part: an exit, or a join. It may still fail to, and go on. */
export function isEnd(node: GraphNode): node is EndNode {
  return node.kind === "exit" || node.kind === "join";
}

/** The ends of a part, as they stand in the graph. */
export function endsIn(graph: Graph, { order }: Part): readonly (readonly [number, EndNode])[] {
  return order
    .toSorted((a, b) => a - b)
    .flatMap((index) => {
      const node = nodeOf(graph, index);
      return isEnd(node) ? [[index, node] as const] : [];
    });
}

export function hasSucceeded({ outcome, fault }: JoinNode, succeed: readonly string[]): boolean {
  return !fault && succeed.includes(outcome);
}

/** The nodes that can be reached by edges, each before those that it leads to. */
function orderFrom(graph: Graph, root: number): readonly number[] {
  const left: number[] = [];
  const seen = new Set([root]);
  const open: { readonly index: number; next: number }[] = [{ index: root, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const edge = nodeOf(graph, top.index).edges[top.next];
    top.next += 1;
    if (edge === undefined) {
      left.push(top.index);
      open.pop();
    } else if (!seen.has(edge.to)) {
      seen.add(edge.to);
      open.push({ index: edge.to, next: 0 });
    }
  }
  return left.reverse();
}
