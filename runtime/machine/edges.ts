/**
 * Which node an outcome leads to: always along an edge of the sealed graph. The compiler wrote out
 * every edge that can be taken, those of the engine's own outcomes too; one that is not there is our
 * own fault, never a way around.
 */
import { type Graph, type GraphNode, isCancelEdge } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";

export interface Target {
  readonly index: number;
  readonly name: string;
}

export function edgeOf(graph: Graph, node: GraphNode, outcome: string): Target {
  const to = targetOf(node, outcome);
  invariant(to !== undefined, `node \`${node.name}\` has an edge for \`${outcome}\``);
  return { index: to, name: nodeAt(graph, to).name };
}

/** The index of the node that an outcome leads to; undefined for an outcome that leads nowhere. */
export function targetOf(node: GraphNode, outcome: string): number | undefined {
  for (const edge of node.edges) {
    if (edge.outcome === outcome) return edge.to;
  }
  return undefined;
}

/** Where an execution goes that is cancelled at a node; undefined where the graph has no way for it. */
export function cancelTargetOf(graph: Graph, node: GraphNode): Target | undefined {
  const edge = node.edges.find(isCancelEdge);
  return edge && { index: edge.to, name: nodeAt(graph, edge.to).name };
}

export function nodeAt(graph: Graph, index: number): GraphNode {
  const node = graph.nodes[index];
  invariant(node !== undefined, "an edge leads to a node of the graph");
  return node;
}
