/** No route is made for an outcome that the node cannot have. */
import { unreachable } from "../../../protocol/language/invariant.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import type { ResolvedNode } from "../../model.ts";
import { placeOf, type Rule } from "../flow.ts";

export const unknownOutcome: Rule = (flow) =>
  flow.nodes.flatMap(({ name, typed, declared, unknown }) =>
    [...unknown].map(([outcome, meant]) => {
      const hint =
        meant === undefined ? `It has ${quoteAll(declared)}.` : `Did you mean \`${meant}\`?`;
      const place = placeOf(flow, ["nodes", name, "on", outcome], "key");
      return faultOf(typed.node, outcome, { place, hint });
    }),
  );

/** What is said depends on where the node's outcomes come from. */
function faultOf(
  node: ResolvedNode,
  outcome: string,
  { place, hint }: { readonly place: Span; readonly hint: string },
): Diagnostic {
  switch (node.kind) {
    case "transform": {
      const contract = node.transform.artifact.text.code;
      return diagnose("routing/unknown-outcome", place, { contract, outcome }, { hint });
    }
    case "effect":
      return diagnose(
        "routing/unknown-outcome",
        place,
        { contract: node.operation, outcome },
        { hint },
      );
    case "external":
      return diagnose(
        "routing/unknown-outcome",
        place,
        { contract: node.operationName, outcome },
        { hint },
      );
    case "decide":
      return diagnose(
        "routing/outcome-no-row-gives",
        place,
        { node: node.name, outcome },
        { hint },
      );
    case "await":
      return diagnose(
        "routing/outcome-no-signal-gives",
        place,
        { node: node.name, outcome },
        { hint },
      );
    case "call":
      return diagnose(
        "routing/outcome-no-exit-gives",
        place,
        { workflow: node.workflow, outcome },
        { hint },
      );
    case "map":
    case "parallel": {
      const unsaid = node.kind === "map" && outcome === "PARTIAL" && node.threshold === null;
      return diagnose(
        "routing/unknown-outcome",
        place,
        { contract: node.kind, outcome },
        { hint: unsaid ? PARTIAL_HINT : hint },
      );
    }
    default:
      return unreachable(node);
  }
}

const PARTIAL_HINT = "Say with `threshold` which share of the items is enough for it.";
