/** Routes never lead back: every path through a workflow ends. */
import { diagnose } from "../../diagnostic.ts";
import { graphOrder } from "../../graph-order.ts";
import { type Flow, placeOf, type Rule } from "../flow.ts";

/** Named from the first node on as written, at the route that leads back to it. */
export const cycle: Rule = (flow) =>
  graphOrder(flow.links).cycles.map((circle) => {
    const steps = circle.map((from, at) => ({
      from,
      to: circle[(at + 1) % circle.length] ?? from,
    }));
    const [back, ...others] = steps.toReversed().map(({ from, to }) => ({
      span: routeOf(flow, from, to),
      message: `\`${from}\` leads to \`${to}\``,
    }));
    const named = [...circle, circle[0] ?? ""].map((name) => `\`${name}\``).join(" → ");
    const place = back?.span ?? placeOf(flow, ["nodes"], "key");
    return diagnose("routing/cycle", place, { circle: named }, { related: others.toReversed() });
  });

/** The first route of a node that leads to another. */
function routeOf(flow: Flow, from: string, to: string) {
  const routes = flow.nodes.find(({ name }) => name === from)?.routes ?? [];
  const [outcome] = [...routes].find(([, target]) => target === to) ?? [];
  return placeOf(flow, ["nodes", from, "on", ...(outcome === undefined ? [] : [outcome])]);
}
