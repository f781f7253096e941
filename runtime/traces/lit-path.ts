/**
 * Which nodes and edges of a graph an execution passed, in order. It only reads records and the
 * graph; it never decides what should have happened, and what the graph does not hold it leaves out.
 */
import { CANCELLED, type Graph } from "../../protocol/language/graph.ts";
import { isStep, type LedgerRecord } from "../../protocol/language/records.ts";

export interface LitPath {
  /** The graph's node indices in the order passed, from the start; the exit is the last. */
  readonly nodes: readonly number[];
  /** Outcome taken, by `from` and `to` as in `edgeKey`. */
  readonly edges: ReadonlyMap<string, string>;
}

export function edgeKey(from: number, to: number): string {
  return `${from} ${to}`;
}

/** The path that the records of one trace say was taken. */
export function litPath(graph: Graph, records: readonly LedgerRecord[]): LitPath {
  const indices = new Map(graph.nodes.map((node, index) => [node.name, index]));
  const nodes: number[] = [];
  const edges = new Map<string, string>();
  for (const record of records) {
    if (isStep(record) || record.type === "cancelled") {
      const from = indices.get(record.node);
      const to = indices.get(record.to);
      if (from === undefined || to === undefined) continue;
      nodes.push(from);
      edges.set(edgeKey(from, to), isStep(record) ? record.outcome : CANCELLED);
    } else if (record.type === "closed") {
      const exit = indices.get(record.exit);
      if (exit !== undefined) nodes.push(exit);
    }
  }
  return { nodes, edges };
}
