/** How much was compiled: for the line that a person reads at the end, and for `--json`. */
import type { Graph } from "../protocol/language/graph.ts";

export interface Counts {
  readonly artifacts: number;
  readonly workflows: number;
  /** Nodes and edges of the graphs, with every call inlined. */
  readonly nodes: number;
  readonly edges: number;
  /**
   * Ways from a start to an exit by declared outcomes; stops counting at the largest exact integer.
   */
  readonly paths: number;
}

export function countsOf(artifacts: number, graphs: readonly Graph[]): Counts {
  return {
    artifacts,
    workflows: graphs.length,
    nodes: sum(graphs, ({ nodes }) => nodes.length),
    edges: sum(graphs, ({ nodes }) => nodes.reduce((edges, node) => edges + node.edges.length, 0)),
    paths: sum(graphs, pathsOf),
  };
}

function sum(graphs: readonly Graph[], of: (graph: Graph) => number): number {
  return Math.min(
    graphs.reduce((total, graph) => total + of(graph), 0),
    Number.MAX_SAFE_INTEGER,
  );
}

/**
 * Nodes stand in topological order: seen backwards, each follows those that it leads to. `pgs paths`
 * tells the same exactly, and the ways by outcomes of the engine, too.
 */
function pathsOf({ nodes, start }: Graph): number {
  const paths: number[] = nodes.map(() => 0);
  for (const [at, { kind, edges }] of [...nodes.entries()].toReversed()) {
    const declared = edges.filter(({ engine }) => engine !== true);
    const ways = declared.reduce(
      (total, { to }) => total + (paths[to] ?? 0),
      kind === "exit" ? 1 : 0,
    );
    paths[at] = Math.min(ways, Number.MAX_SAFE_INTEGER);
  }
  return paths[start] ?? 0;
}
