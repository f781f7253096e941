/**
 * How a draft is named and where its outcomes lead: edges that the author wrote, and those of the
 * engine. It knows no kind of node.
 */
import type { RoutesText } from "../../../protocol/language/artifacts.ts";
import { CANCELLED, ON_CANCEL, type SealedPlace } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { engineOutcomesOf } from "../../engine-outcomes.ts";
import type { TypedNode } from "../../model.ts";
import { possibleOf } from "../../outcomes.ts";
import { type Draft, type DraftEdge, ON_FAULT, type Scope } from "./draft.ts";

/** Of every node that asks for something, those of called workflows too: it ends the whole. */
const CANCEL: DraftEdge = Object.freeze({ outcome: CANCELLED, to: ON_CANCEL, engine: true });

/** All that leads out of a node. What stands in the body of a fork is cancelled with the fork. */
export function edgesOf(scope: Scope, node: TypedNode): readonly DraftEdge[] {
  const { on } = node.text;
  const asks = node.node.kind !== "decide" && scope.inBody !== true;
  return [
    ...possibleOf(node, scope.typed.world).map((outcome) => edge(scope, on, outcome)),
    ...engineOutcomesOf(node).map((outcome) => engineEdge(scope, on, outcome)),
    ...(asks ? [CANCEL] : []),
  ];
}

export function at(scope: Scope, name: string): Pick<Draft, "name" | "origin"> {
  return {
    name: `${scope.prefix}${name}`,
    // What the compiler adds to a node or an exit stands where that was written.
    origin: { workflow: scope.workflow.workflow.artifact.name, node: name.split("/")[0] ?? name },
  };
}

export function edge(scope: Scope, on: RoutesText, outcome: string): DraftEdge {
  const target = on[outcome];
  invariant(target !== undefined, "every outcome is routed");
  return { outcome, to: `${scope.prefix}${target}` };
}

/** An engine outcome leads where the author says, and else to `on_fault`. */
export function engineEdge(scope: Scope, on: RoutesText, outcome: string): DraftEdge {
  return { outcome, to: `${scope.prefix}${on[outcome] ?? ON_FAULT}`, engine: true };
}

/** An end whose result is missing or larger than a record holds ends on `on_fault`. */
export function violation(scope: Scope): DraftEdge {
  return { outcome: "VIOLATION", to: `${scope.prefix}${ON_FAULT}`, engine: true };
}

export function union(a: readonly SealedPlace[], b: readonly SealedPlace[]): SealedPlace[] {
  return [...new Map([...a, ...b].map((place) => [JSON.stringify(place), place])).values()];
}
