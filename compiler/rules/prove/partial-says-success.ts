/** Where only a part of the items has succeeded, the end does not say SUCCESS. */
import { diagnose } from "../../diagnostic.ts";
import type { Rule } from "../flow.ts";
import { straightToSuccess } from "./straight-to-success.ts";

/** The author said with `threshold` that a part is enough to go on, not that it is the whole. */
export const partialSaysSuccess: Rule = (flow) =>
  straightToSuccess(flow)
    .filter(({ node, outcome }) => outcome === "PARTIAL" && node.typed.node.kind === "map")
    .map(({ node, exit, place }) =>
      diagnose("prove/partial-says-success", place, { node: node.name, exit }),
    );
