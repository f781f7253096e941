/** An outcome of the engine is routed only where it can happen. */
import type { EngineOutcome } from "../../../protocol/language/names.ts";
import { isEngineOutcome } from "../../../protocol/language/names.ts";
import { diagnose } from "../../diagnostic.ts";
import { unansweredOf } from "../../engine-outcomes.ts";
import type { ResolvedNode } from "../../model.ts";
import { type FlowNode, placeOf, type Rule } from "../flow.ts";

export const idleEngineRoute: Rule = (flow) =>
  flow.nodes.flatMap((node) =>
    [...node.routes.keys()]
      .filter(isEngineOutcome)
      .filter((outcome) => !node.engine.includes(outcome) && !node.declared.includes(outcome))
      .map((outcome) => {
        const place = placeOf(flow, ["nodes", node.name, "on", outcome], "key");
        const hint = whyNot(node, outcome);
        return diagnose("routing/idle-engine-route", place, { node: node.name, outcome }, { hint });
      }),
  );

function whyNot({ typed }: FlowNode, outcome: EngineOutcome): string {
  if (outcome === "TIMEOUT" || outcome === "IN_DOUBT") return whyAnswered(typed.node, outcome);
  if (outcome === "CANCELLED") return CANCELLED_ENDS;
  if (typed.node.kind === "await") return WAITS;
  if (typed.bodies !== undefined && outcome === "FAULT") return COUNTED;
  if (outcome === "VIOLATION") return "What is bound always fits. Remove the route.";
  return typed.node.kind === "decide"
    ? "A decision runs no implementation that could fail. Remove the route."
    : "This operation gives back nothing that was stored before. Remove the route.";
}

const CANCELLED_ENDS =
  "Who cancels an execution ends it, and no route changes that. Remove the route.";

const COUNTED =
  "What breaks off inside ends its item or branch with `FAULT`, which is no success: the node ends in `FAILED`. Remove the route.";

const WAITS =
  "A wait for a duration asks nobody who could fail, and who tells it something unfit is refused. Remove the route.";

/** A call to the outside that is not answered ends in the one or the other, by its contract. */
function whyAnswered(node: ResolvedNode, outcome: EngineOutcome): string {
  if (node.kind === "await") return "When its time is up it ends in `ELAPSED`. Route that one.";
  if (node.kind !== "external") return "Only calls to the outside end so. Remove the route.";
  const { repeat } = node.operation;
  return `Its contract says \`repeat: ${repeat}\`: without an answer it ends in \`${unansweredOf(node.operation)}\`, never in \`${outcome}\`. Route that one.`;
}
