/** Every node can be reached from the start. */
import { diagnose } from "../../diagnostic.ts";
import { reachable } from "../../graph-order.ts";
import { placeOf, type Rule } from "../flow.ts";

/** Named are the nodes that nothing leads to; those behind them follow from that. */
export const unreachableNode: Rule = (flow) => {
  const led = new Set([...flow.links.values()].flat());
  const reached = reachable(flow.links, flow.start);
  return flow.nodes
    .filter(({ name }) => name !== flow.start && !reached.has(name) && !led.has(name))
    .map(({ name }) =>
      diagnose("routing/unreachable-node", placeOf(flow, ["nodes", name], "key"), {
        node: name,
        start: flow.start,
      }),
    );
};
