/** Every outcome that a node's contract declares leads somewhere. */
import { diagnose } from "../../diagnostic.ts";
import { placeOf, type Rule } from "../flow.ts";

/** An outcome that was routed under a wrong name is that fault, not this one. */
export const unroutedOutcome: Rule = (flow) =>
  flow.nodes.flatMap(({ name, unrouted, unknown }) => {
    const meant = new Set(unknown.values());
    return unrouted
      .filter((outcome) => !meant.has(outcome))
      .map((outcome) =>
        diagnose("routing/unrouted-outcome", placeOf(flow, ["nodes", name, "on"], "key"), {
          node: name,
          outcome,
        }),
      );
  });
