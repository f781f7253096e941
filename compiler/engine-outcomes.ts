/**
 * Which of the engine's own outcomes can happen at a node. Beside what `typecheck` could not prove
 * stand the engine's bounds, of which no schema speaks: a value may grow beyond what a record holds.
 */
import type { EngineOutcome } from "../protocol/language/names.ts";
import type { TypedNode } from "./model.ts";

/**
 * The engine outcomes of a node, in the order in which its edges stand. An effect or a call may be
 * given more than a record holds, a transform may give more; a call ends on the called workflow's
 * `on_fault` where anything of that happens inside.
 */
export function engineOutcomesOf({ node, mayViolate, mayFault }: TypedNode): EngineOutcome[] {
  const violation = mayViolate || node.kind === "effect" || node.kind === "call";
  const fault = mayFault || node.kind === "transform" || node.kind === "call";
  return [...(violation ? ["VIOLATION" as const] : []), ...(fault ? ["FAULT" as const] : [])];
}
