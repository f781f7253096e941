/**
 * Where the ways from a node come together again: its nearest post-dominator over declared outcomes
 * (Cooper, Harvey and Kennedy; one pass, as there are no circles). The engine's own outcomes lead out
 * of everything, and would keep all ways apart.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { nodeOf, type Part } from "./part.ts";

/** Beyond every end. */
export const END = Number.POSITIVE_INFINITY;

/** By node, in the part's order: the position of its nearest post-dominator, or END. */
export function postDominators(graph: Graph, part: Part): ReadonlyMap<number, number> {
  const position = new Map(part.order.map((index, at) => [index, at]));
  const nearest: number[] = new Array<number>(part.order.length).fill(END);
  for (let at = part.order.length - 1; at >= 0; at -= 1) {
    const node = nodeOf(graph, part.order[at] ?? 0);
    const next = node.edges.flatMap(({ to, engine }) =>
      engine === true ? [] : [position.get(to) ?? END],
    );
    nearest[at] = next.reduce((a, b) => meet(a, b, nearest), next[0] ?? END);
  }
  return new Map(part.order.map((index, at) => [index, nearest[at] ?? END]));
}

/** Later positions stand nearer to the end. */
function meet(a: number, b: number, nearest: readonly number[]): number {
  let [one, other] = [a, b];
  while (one !== other) {
    if (one < other) one = nearest[one] ?? END;
    else other = nearest[other] ?? END;
  }
  return one;
}
