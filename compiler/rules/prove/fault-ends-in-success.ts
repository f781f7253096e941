/** What the engine found wrong, or undid, does not lead straight to an exit that says SUCCESS. */
import {
  COMPENSATED,
  isEngineOutcome,
  PARTLY_COMPENSATED,
} from "../../../protocol/language/names.ts";
import { diagnose } from "../../diagnostic.ts";
import type { ResolvedNode } from "../../model.ts";
import type { Rule } from "../flow.ts";
import { straightToSuccess } from "./straight-to-success.ts";

/** By way of a node it may: that node can have put it right. */
export const faultEndsInSuccess: Rule = (flow) =>
  straightToSuccess(flow)
    .filter(({ node, outcome }) => isFailure(node.typed.node, outcome))
    .map(({ node, outcome, exit, place }) =>
      diagnose("prove/fault-ends-in-success", place, { node: node.name, outcome, exit }),
    );

/** Of a call, that it was undone; of what runs many, that too few of them succeeded. */
function isFailure({ kind }: ResolvedNode, outcome: string): boolean {
  if (isEngineOutcome(outcome)) return true;
  if (kind === "call") return outcome === COMPENSATED || outcome === PARTLY_COMPENSATED;
  return (kind === "map" || kind === "parallel") && outcome === "FAILED";
}
