/** An execution that broke off never says SUCCESS. */
import { diagnose } from "../../diagnostic.ts";
import { placeOf, type Rule } from "../flow.ts";

export const faultSaysSuccess: Rule = (flow) =>
  flow.workflow.onFault.outcome === "SUCCESS"
    ? [diagnose("prove/fault-says-success", placeOf(flow, ["on_fault", "outcome"]), {})]
    : [];
