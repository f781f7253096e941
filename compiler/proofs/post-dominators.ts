/**
 * Where the ways from a node come together again: its nearest post-dominator (Cooper, Harvey and
 * Kennedy; one pass, as there are no circles) over the ways out that answer something. All others lead
 * out of everything, and would keep all ways apart.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import type { Answers } from "./answers.ts";
import { isEnd, nodeOf, type Part } from "./part.ts";

/** Beyond every end. */
export const END = Number.POSITIVE_INFINITY;

/** By node, in the part's order: the position of its nearest post-dominator, or END. */
export function postDominators(
  graph: Graph,
  part: Part,
  answers: Answers,
): ReadonlyMap<number, number> {
  const position = new Map(part.order.map((index, at) => [index, at]));
  const nearest: number[] = new Array<number>(part.order.length).fill(END);
  for (let at = part.order.length - 1; at >= 0; at -= 1) {
    const index = part.order[at] ?? 0;
    const node = nodeOf(graph, index);
    const next = node.edges.flatMap((edge) =>
      answers.has(index, edge) ? [position.get(edge.to) ?? END] : [],
    );
    // What ends there, or goes on because it could not, does not come together again.
    if (isEnd(node)) next.push(END);
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
