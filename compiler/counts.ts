/** How much was compiled: for the line that a person reads at the end, and for `--json`. */
import type { Graph } from "../protocol/language/graph.ts";

export interface Counts {
  readonly artifacts: number;
  readonly workflows: number;
  /** Nodes and edges of the graphs, with every call inlined. */
  readonly nodes: number;
  readonly edges: number;
  /** Ways from a start to an exit by declared outcomes, exactly. */
  readonly paths: bigint;
}

export function countsOf(artifacts: number, graphs: readonly Graph[]): Counts {
  return {
    artifacts,
    workflows: graphs.length,
    nodes: sum(graphs, ({ nodes }) => nodes.length),
    edges: sum(graphs, ({ nodes }) => nodes.reduce((edges, node) => edges + node.edges.length, 0)),
    paths: graphs.reduce((total, graph) => total + pathsOf(graph), 0n),
  };
}

function sum(graphs: readonly Graph[], of: (graph: Graph) => number): number {
  return graphs.reduce((total, graph) => total + of(graph), 0);
}

/** As JSON has it: digits as text where no number holds them exactly. */
export function exactJson(count: bigint): number | string {
  const number = Number(count);
  return Number.isSafeInteger(number) ? number : String(count);
}

/**
 * Nodes stand in topological order: seen backwards, each follows those that it leads to. `pgs paths`
 * tells the same exactly, and the ways by outcomes of the engine, too.
 */
function pathsOf({ nodes, start }: Graph): bigint {
  const paths: bigint[] = nodes.map(() => 0n);
  for (const [at, { kind, edges }] of [...nodes.entries()].toReversed()) {
    const declared = edges.filter(({ engine }) => engine !== true);
    const ways = declared.reduce(
      (total, { to }) => total + (paths[to] ?? 0n),
      kind === "exit" ? 1n : 0n,
    );
    paths[at] = ways;
  }
  return paths[start] ?? 0n;
}
