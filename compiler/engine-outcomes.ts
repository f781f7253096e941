/**
 * Which of the engine's own outcomes can happen at a node. Beside what `typecheck` could not prove
 * stand the engine's bounds, of which no schema speaks: a value may grow beyond what a record holds.
 */
import type { EngineOutcome } from "../protocol/language/names.ts";
import type { ResolvedNode, TypedNode } from "./model.ts";

/**
 * The engine outcomes of a node, in the order in which its edges stand. An effect or a call may be
 * given more than a record holds, a transform may give more, and so may an implementation fail; a
 * store may give back what was written under another contract; a call ends on the called workflow's
 * `on_fault` where anything of that happens inside.
 */
export function engineOutcomesOf({ node, mayViolate }: TypedNode): EngineOutcome[] {
  const violation = mayViolate || node.kind === "effect" || node.kind === "call";
  return [
    ...(violation ? (["VIOLATION"] as const) : []),
    ...(mayFault(node) ? (["FAULT"] as const) : []),
  ];
}

function mayFault(node: ResolvedNode): boolean {
  if (node.kind === "effect") {
    return (node.effect.operations[node.operation]?.givesBack.length ?? 0) > 0;
  }
  return node.kind === "transform" || node.kind === "call";
}
