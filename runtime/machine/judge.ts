/**
 * Whether an answer keeps its contract. What an implementation returns and what a store gives back
 * is held against the sealed schemas; an answer that does not fit becomes a FAULT with a reason,
 * never a value.
 */
import type { Semantics } from "../../protocol/language/artifacts.ts";
import type { EffectNode, ExternalNode, TransformNode } from "../../protocol/language/graph.ts";
import type { Reason } from "../../protocol/language/records.ts";
import { type Operations, operationsOf } from "../../protocol/language/semantics.ts";
import type { Answer, Program } from "./program.ts";
import { reason } from "./reasons.ts";
import { overweight } from "./weigh.ts";

/** The answer as it was, or the fault that it is. */
export function judge(
  program: Program,
  node: TransformNode | EffectNode | ExternalNode,
  answer: Answer,
): Answer {
  if ("fault" in answer) return answer;
  const fault = faultIn(program, node, answer);
  return fault === null ? answer : { fault };
}

function faultIn(
  program: Program,
  node: TransformNode | EffectNode | ExternalNode,
  { outcome, output }: Exclude<Answer, { fault: Reason }>,
): Reason | null {
  const schema = Object.hasOwn(node.outcomes, outcome) ? node.outcomes[outcome] : undefined;
  if (schema === undefined) {
    const confidential = isConfidential(node);
    return reason("fault/undeclared-outcome", `outcome \`${outcome}\` is not in the contract`, {
      confidential,
    });
  }
  if (node.kind === "effect" && !givesBack(node, outcome)) return null;
  const places = node.seal[outcome] ?? [];
  const confidential = isConfidential(node) || places.length > 0;
  const problems = program.fits(schema, output);
  if (problems !== null) {
    return reason("fault/unfit-output", `the output of \`${outcome}\` does not fit its schema`, {
      problems,
      confidential,
    });
  }
  // What a store gives back was weighed when it was stored.
  if (node.kind === "effect") return null;
  const excess = overweight(output, places);
  return excess === null ? null : reason("fault/too-large", excess, { confidential: false });
}

/** The language's own contracts; which outcomes give back a stored value depends on no schema. */
const CONTRACTS: Readonly<Record<Semantics, Operations>> = Object.freeze({
  registry: operationsOf("registry", true, true),
  stream: operationsOf("stream", true, true),
  document: operationsOf("document", true, true),
});

/**
 * True where an outcome gives back what was stored before, perhaps under other schemas. The outputs
 * of all others are made of what was just checked and of counters.
 */
function givesBack({ semantics, operation }: EffectNode, outcome: string): boolean {
  return CONTRACTS[semantics][operation]?.givesBack.includes(outcome) === true;
}

export function isConfidential(node: TransformNode | EffectNode | ExternalNode): boolean {
  return node.kind === "transform" ? node.confidential : node.sealInput.length > 0;
}
