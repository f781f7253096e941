/**
 * The outcomes that a node's contract declares, in the contract's order: what its `on` must route.
 * The engine's own outcomes are not among them.
 */
import type { ExitText } from "../protocol/language/artifacts.ts";
import { unreachable } from "../protocol/language/invariant.ts";
import { COMPENSATED, ELAPSED, PARTLY_COMPENSATED } from "../protocol/language/names.ts";
import type { ResolvedNode, World } from "./model.ts";

/** Declared outcomes of a node; of a call, the outcomes of the called workflow's exits. */
export function outcomesOf(node: ResolvedNode, world: World): readonly string[] {
  switch (node.kind) {
    case "transform":
      return [...node.transform.outcomes.keys()];
    case "effect":
      return Object.keys(node.effect.operations[node.operation]?.outcomes ?? {});
    case "external":
      return [...node.operation.outcomes.keys()];
    case "decide":
      return [...new Set([...node.rows.map((row) => row.outcome), node.otherwise])];
    case "call": {
      const exits = world.workflows.get(node.workflow)?.artifact.text.exits ?? {};
      return [...new Set(Object.values(exits).flatMap(endingsOf))];
    }
    case "await":
      return node.signals.size === 0 ? [ELAPSED] : [...node.signals.keys(), "TIMEOUT"];
    default:
      return unreachable(node);
  }
}

/** The outcomes with which a workflow ends at an exit, as who called it sees them. */
function endingsOf({ outcome, compensate }: ExitText): readonly string[] {
  if (compensate === true) return [COMPENSATED, PARTLY_COMPENSATED];
  return outcome === undefined ? [] : [outcome];
}
