/** A caller can tell an execution that broke off from every declared end by its outcome. */
import { diagnose } from "../../diagnostic.ts";
import { placeOf, type Rule } from "../flow.ts";

/**
 * SUCCESS is the fault of `fault-says-success`, whatever the exits say. What was undone is told apart
 * by the mark of a fault that the execution ends with.
 */
export const faultLooksLikeExit: Rule = (flow) => {
  const { outcome, compensate } = flow.workflow.onFault;
  if (compensate === true) return [];
  const [exit] = [...flow.workflow.exits].find(([, end]) => end.outcome === outcome) ?? [];
  if (exit === undefined || outcome === "SUCCESS") return [];
  const related = [{ span: placeOf(flow, ["exits", exit, "outcome"]), message: "the exit" }];
  const place = placeOf(flow, ["on_fault", "outcome"]);
  return [diagnose("prove/fault-looks-like-exit", place, { outcome, exit }, { related })];
};
