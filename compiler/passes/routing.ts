/**
 * The pass `routing`: every outcome leads somewhere, nothing is made up, everything is reached, and
 * every path ends. It changes nothing; one fault of the author gives one finding.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { graphOrder } from "../graph-order.ts";
import type { Passed, Typed } from "../model.ts";
import { type Flow, flowOf } from "../rules/flow.ts";
import { REACH_RULES, ROUTE_RULES } from "../rules/routing.ts";

export function routing(typed: Typed): Passed<Typed> {
  const diagnostics = [...typed.workflows.values()].flatMap((workflow) =>
    findings(flowOf(typed, workflow)),
  );
  return { value: typed, diagnostics };
}

function findings(flow: Flow): readonly Diagnostic[] {
  const routes = ROUTE_RULES.flatMap((rule) => rule(flow));
  if (routes.some(isError)) return routes;
  const reach = REACH_RULES.flatMap((rule) => rule(flow));
  if (!reach.some(isError)) assertEveryPathEnds(flow);
  return [...routes, ...reach];
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** Follows from the laws: a path that never returns to a node and never stops at one ends. */
function assertEveryPathEnds({ nodes, links, workflow }: Flow): void {
  invariant(graphOrder(links).cycles.length === 0, "no path returns");
  for (const { name, declared, routes } of nodes) {
    invariant(declared.length > 0, `\`${name}\` ends in some outcome`);
    for (const outcome of declared) {
      const target = routes.get(outcome) ?? "";
      const known = workflow.nodes.has(target) || workflow.exits.has(target);
      invariant(known, `\`${outcome}\` of \`${name}\` leads to a node or an exit`);
    }
  }
}
