/** Where labelled fields can end up, a line each: what two graphs are compared by. */
import type { Graph } from "../../protocol/language/graph.ts";
import { tellFlows } from "../proofs/told-flows.ts";

export function flowLines(graph: Graph): readonly string[] {
  return tellFlows(graph).flatMap(({ source, labels, ends, declassified }) => [
    ...ends.map(({ kind, to, explicit }) => {
      const how = explicit ? "" : ", by what happens alone";
      return `${source} (${labels.join(", ")}) to the ${kind} ${to}${how}`;
    }),
    ...declassified.map(
      ({ node, by }) => `${source} (${labels.join(", ")}) shed at ${node} by ${by}`,
    ),
  ]);
}
