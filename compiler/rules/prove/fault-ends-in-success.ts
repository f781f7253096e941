/** What the engine found wrong does not lead straight to an exit that says SUCCESS. */
import { isEngineOutcome } from "../../../protocol/language/names.ts";
import { diagnose } from "../../diagnostic.ts";
import type { Rule } from "../flow.ts";
import { straightToSuccess } from "./straight-to-success.ts";

/** By way of a node it may: that node can have put it right. */
export const faultEndsInSuccess: Rule = (flow) =>
  straightToSuccess(flow)
    .filter(({ outcome }) => isEngineOutcome(outcome))
    .map(({ node, outcome, exit, place }) =>
      diagnose("prove/fault-ends-in-success", place, { node: node.name, outcome, exit }),
    );
