/**
 * Which node an outcome leads to: always along an edge of the sealed graph. An engine outcome that a
 * node has no edge for ends on the workflow's `on_fault`, which every graph has: that is where a
 * bound of the engine leads that no schema speaks of (`weigh.ts`).
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";

export interface Target {
  readonly index: number;
  readonly name: string;
}

export function edgeOf(graph: Graph, node: GraphNode, outcome: string): Target {
  const to = targetOf(graph, node, outcome);
  invariant(to !== undefined, `node \`${node.name}\` has an edge for \`${outcome}\``);
  return { index: to, name: nodeAt(graph, to).name };
}

/** The index of the node that an outcome leads to; undefined for an outcome that leads nowhere. */
export function targetOf(graph: Graph, node: GraphNode, outcome: string): number | undefined {
  for (const edge of node.edges) {
    if (edge.outcome === outcome) return edge.to;
  }
  if (!isEngineOutcome(outcome)) return undefined;
  return graph.nodes.findIndex((exit) => exit.kind === "exit" && exit.fault);
}

export function nodeAt(graph: Graph, index: number): GraphNode {
  const node = graph.nodes[index];
  invariant(node !== undefined, "an edge leads to a node of the graph");
  return node;
}
