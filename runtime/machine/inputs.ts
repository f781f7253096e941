/**
 * What a node is given: its input, bound out of the slots and held against its schema, or why it has
 * none. Nothing is put in the place of what is missing.
 */
import type {
  Binding,
  Check,
  EffectNode,
  ExternalNode,
  GraphNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { isObject, type Json, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Reason } from "../../protocol/language/records.ts";
import { bind, Unbound } from "./bind.ts";
import { isConfidential } from "./judge.ts";
import type { Walk } from "./program.ts";
import { reason, unboundReason } from "./reasons.ts";
import { nodeRecord } from "./record.ts";
import { nameOf, takenBy } from "./told.ts";
import { overweight } from "./weigh.ts";

/** Why a node could not be given its input. */
export class Violation {
  constructor(readonly reason: Reason) {}
}

/** The frozen input of a node, or why it has none. */
export function fitting(
  { program, slots }: Walk,
  binding: Binding,
  { check, confidential }: { readonly check: Check; readonly confidential: boolean },
): Json | Violation {
  const value = bind(binding, slots);
  if (value instanceof Unbound) return new Violation(unboundReason(program.graph, value));
  const problems = check === null ? null : program.fits(check, value);
  if (problems === null) return value;
  const message = "the bound value does not fit the input's schema";
  return new Violation(reason("violation/unfit-input", message, { problems, confidential }));
}

/** The same for what writes somewhere: a record has to hold it. */
export function writable(going: Walk, node: EffectNode | ExternalNode): Json | Violation {
  const input = fitting(going, node.input, {
    check: node.check,
    confidential: isConfidential(node),
  });
  if (input instanceof Violation) return input;
  const excess = overweight(input, node.sealInput) ?? unfitKeyIn(node, input);
  return excess === null ? input : tooLarge(excess);
}

function unfitKeyIn({ kind }: EffectNode | ExternalNode, input: Json): string | null {
  if (kind === "external") return null;
  invariant(isObject(input), "an operation's input is an object");
  return unfitKey(member(input, "key"));
}

/** Databases end a text at NUL: a key that holds one would stand for another. */
function unfitKey(key: Json | undefined): string | null {
  if (typeof key !== "string") return null;
  if (key.includes("\0")) return "expected a key without NUL characters";
  if (Buffer.byteLength(key) <= LIMITS.storeKeyBytesMax) return null;
  return `expected a key of at most ${LIMITS.storeKeyBytesMax} bytes`;
}

export function missing({ program }: Walk, unbound: Unbound): Violation {
  return new Violation(unboundReason(program.graph, unbound));
}

export function tooLarge(excess: string): Violation {
  return new Violation(reason("violation/too-large", excess, { confidential: false }));
}

/** Writes down why a node was not asked, and gives the one that this leads to. */
export function violate(going: Walk, node: GraphNode, { reason }: Violation): number {
  const to = takenBy(going, node, "VIOLATION");
  const found = { outcome: "VIOLATION", to: to.name, reason };
  going.commands.push(nodeRecord(nameOf(going, node), found));
  return to.index;
}
