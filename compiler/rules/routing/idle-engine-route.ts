/** An outcome of the engine is routed only where it can happen. */
import type { EngineOutcome } from "../../../protocol/language/names.ts";
import { isEngineOutcome } from "../../../protocol/language/names.ts";
import { diagnose } from "../../diagnostic.ts";
import { type FlowNode, placeOf, type Rule } from "../flow.ts";

export const idleEngineRoute: Rule = (flow) =>
  flow.nodes.flatMap((node) =>
    [...node.routes.keys()]
      .filter(isEngineOutcome)
      .filter((outcome) => !node.engine.includes(outcome))
      .map((outcome) => {
        const place = placeOf(flow, ["nodes", node.name, "on", outcome], "key");
        const hint = whyNot(node, outcome);
        return diagnose("routing/idle-engine-route", place, { node: node.name, outcome }, { hint });
      }),
  );

function whyNot({ typed }: FlowNode, outcome: EngineOutcome): string {
  if (outcome === "TIMEOUT" || outcome === "IN_DOUBT") {
    return "Only external effects end so, and this version has none. Remove the route.";
  }
  if (outcome === "VIOLATION") return "What is bound always fits. Remove the route.";
  return typed.node.kind === "decide"
    ? "A decision runs no implementation that could fail. Remove the route."
    : "This operation gives back nothing that was stored before. Remove the route.";
}
