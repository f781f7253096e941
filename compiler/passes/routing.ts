/**
 * The pass `routing`: every outcome leads somewhere, nothing is made up, everything is reached, and
 * every path ends. It changes nothing; one fault of the author gives one finding.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Diagnostic } from "../diagnostic.ts";
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

/** No path returns, that is the law of `cycle`; so one that stops nowhere but at exits ends there. */
function assertEveryPathEnds({ nodes, workflow }: Flow): void {
  for (const { name, declared, routes } of nodes) {
    invariant(declared.length > 0, `\`${name}\` ends in some outcome`);
    for (const outcome of declared) {
      const target = routes.get(outcome) ?? "";
      const known = workflow.nodes.has(target) || workflow.exits.has(target);
      invariant(known, `\`${outcome}\` of \`${name}\` leads to a node or an exit`);
    }
  }
}
