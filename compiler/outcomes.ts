/**
 * The outcomes that a node's contract declares, in the contract's order: what its `on` must route.
 * The engine's own outcomes are not among them.
 */
import type { ExitText } from "../protocol/language/artifacts.ts";
import { unreachable } from "../protocol/language/invariant.ts";
import {
  COMPENSATED,
  ELAPSED,
  type FullName,
  PARTLY_COMPENSATED,
} from "../protocol/language/names.ts";
import type { ResolvedNode, TypedNode, World } from "./model.ts";

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
    case "call":
      return endingsOf(node.workflow, world);
    case "await":
      return node.signals.size === 0 ? [ELAPSED] : [...node.signals.keys(), "TIMEOUT"];
    case "map":
      return ["SUCCESS", ...(node.threshold === null ? [] : ["PARTIAL"]), "FAILED", EMPTY];
    case "parallel":
      return ["SUCCESS", "FAILED"];
    default:
      return unreachable(node);
  }
}

/** The outcome of a `map` that was given an empty list. */
export const EMPTY = "EMPTY";

/** The same, without that of an empty list where the list is proven to hold something. */
export function possibleOf({ node, neverEmpty }: TypedNode, world: World): readonly string[] {
  const outcomes = outcomesOf(node, world);
  return neverEmpty === true ? outcomes.filter((outcome) => outcome !== EMPTY) : outcomes;
}

/** The outcomes of a workflow's exits, as who runs it sees them. */
export function endingsOf(workflow: FullName, world: World): readonly string[] {
  const exits = world.workflows.get(workflow)?.artifact.text.exits ?? {};
  return [...new Set(Object.values(exits).flatMap(endings))];
}

function endings({ outcome, compensate }: ExitText): readonly string[] {
  if (compensate === true) return [COMPENSATED, PARTLY_COMPENSATED];
  return outcome === undefined ? [] : [outcome];
}
