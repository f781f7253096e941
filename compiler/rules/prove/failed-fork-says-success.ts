/** Where not every item or branch has succeeded, the end does not say SUCCESS. */
import type { Diagnostic } from "../../diagnostic.ts";
import { diagnose } from "../../diagnostic.ts";
import type { Flow, Rule } from "../flow.ts";
import { type Straight, straightToSuccess } from "./straight-to-success.ts";

/** By way of a node it may: that node can have put it right. */
export const failedForkSaysSuccess: Rule = (flow) =>
  straight(flow, "FAILED").map(({ node, exit, place }) =>
    diagnose("prove/failed-fork-says-success", place, { node: node.name, exit }),
  );

/** The author said with `threshold` that a part is enough to go on, not that it is the whole. */
export const partialSaysSuccess: Rule = (flow): readonly Diagnostic[] =>
  straight(flow, "PARTIAL").map(({ node, exit, place }) =>
    diagnose("prove/partial-says-success", place, { node: node.name, exit }),
  );

function straight(flow: Flow, wanted: "FAILED" | "PARTIAL"): readonly Straight[] {
  return straightToSuccess(flow).filter(
    ({ node, outcome }) => outcome === wanted && node.typed.bodies !== undefined,
  );
}
