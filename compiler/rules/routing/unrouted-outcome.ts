/** Every outcome that a node's contract declares leads somewhere. */
import { diagnose } from "../../diagnostic.ts";
import { EMPTY } from "../../outcomes.ts";
import { placeOf, type Rule } from "../flow.ts";

/** An outcome that was routed under a wrong name is that fault, not this one. */
export const unroutedOutcome: Rule = (flow) =>
  flow.nodes.flatMap(({ name, typed, unrouted, unknown }) => {
    const meant = new Set(unknown.values());
    return unrouted
      .filter((outcome) => !meant.has(outcome))
      .map((outcome) => {
        const place = placeOf(flow, ["nodes", name, "on"], "key");
        const hint = typed.node.kind === "map" && outcome === EMPTY ? EMPTY_HINT : undefined;
        return diagnose("routing/unrouted-outcome", place, { node: name, outcome }, { hint });
      });
  });

const EMPTY_HINT = "Route it, or let the list's schema say `minItems: 1`: then it never happens.";
