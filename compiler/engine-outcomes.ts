/**
 * Which of the engine's own outcomes can happen at a node. Beside what `typecheck` could not prove
 * stand the engine's bounds, of which no schema speaks: a value may grow beyond what a record holds.
 */
import type { EngineOutcome } from "../protocol/language/names.ts";
import type { ExternalOperation, ResolvedNode, TypedNode } from "./model.ts";

/**
 * The engine outcomes of a node, in the order in which its edges stand. An effect or a call may be
 * given more than a record holds, a transform may give more, and so may an implementation fail; a
 * store may give back what was written under another contract; a wait may be until what is no time; a call ends on the called workflow's
 * `on_fault` where anything of that happens inside; a call to the outside may remain unanswered.
 */
export function engineOutcomesOf({ node, mayViolate }: TypedNode): EngineOutcome[] {
  const violation = mayViolate || RECORDED.has(node.kind) || isCollecting(node);
  return [
    ...(violation ? (["VIOLATION"] as const) : []),
    ...(mayFault(node) ? (["FAULT"] as const) : []),
    ...(node.kind === "external" ? [unansweredOf(node.operation)] : []),
  ];
}

/** Kinds whose input is written down: a record may not be able to hold it. */
const RECORDED: ReadonlySet<ResolvedNode["kind"]> = new Set(["effect", "external", "call"]);

/** What a fork gives may be more than a record can hold. */
function isCollecting(node: ResolvedNode): boolean {
  return node.kind === "parallel" || (node.kind === "map" && node.collect);
}

/** How a call ends of which nobody knows what became of it. It is never guessed. */
export function unansweredOf({ repeat }: ExternalOperation): EngineOutcome {
  return repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
}

/** What fails inside of a fork is an end of its item or branch. */
const FAULTING: ReadonlySet<ResolvedNode["kind"]> = new Set(["transform", "external", "call"]);

function mayFault(node: ResolvedNode): boolean {
  if (node.kind === "effect") {
    return (node.effect.operations[node.operation]?.givesBack.length ?? 0) > 0;
  }
  return FAULTING.has(node.kind);
}
