/**
 * What each kind of node does when the walk comes to it: bind the input, check it, and either ask,
 * decide or pass a value on. A value that is missing or does not fit takes the VIOLATION edge.
 */
import type {
  Binding,
  Check,
  DecideNode,
  EffectNode,
  EnterNode,
  ExitNode,
  ExternalNode,
  GraphNode,
  LeaveNode,
  SealedPlace,
  TransformNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { isObject, type Json, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Reason } from "../../protocol/language/records.ts";
import { attempt } from "./attempt.ts";
import { bind, Unbound } from "./bind.ts";
import { edgeOf } from "./edges.ts";
import { isConfidential } from "./judge.ts";
import type { Execution, Walk } from "./program.ts";
import { reason, unboundReason } from "./reasons.ts";
import { nodeRecord } from "./record.ts";
import { overweight } from "./weigh.ts";

/** The index of the node that comes next, or the execution as it waits or has finished. */
type Turn = number | Execution;

export function visit(going: Walk, node: GraphNode, at: number): Turn {
  switch (node.kind) {
    case "transform":
      return visitTransform(going, node, at);
    case "effect":
      return visitEffect(going, node, at);
    case "external":
      return visitExternal(going, node, at);
    case "decide":
      return visitDecide(going, node);
    case "enter":
      return visitEnter(going, node);
    case "leave":
      return visitLeave(going, node);
    case "exit":
      return visitExit(going, node);
    default:
      throw new Error(`nodes of kind ${node.kind} are not carried out yet`);
  }
}

function visitTransform(going: Walk, node: TransformNode, at: number): Turn {
  const input = fitting(going, node.input, { check: node.check, confidential: node.confidential });
  if (input instanceof Violation) return violate(going, node, input);
  going.commands.push({
    kind: "invoke",
    node: at,
    name: node.name,
    implementation: node.implementation,
    input,
    confidential: node.confidential,
  });
  return { status: "waiting", at, input, slots: going.slots, attempt: 0 };
}

function visitEffect(going: Walk, node: EffectNode, at: number): Turn {
  const confidential = isConfidential(node);
  const input = fitting(going, node.input, { check: node.check, confidential });
  if (input instanceof Violation) return violate(going, node, input);
  invariant(isObject(input), "an operation's input is an object");
  const excess = overweight(input, node.sealInput) ?? unfitKey(member(input, "key"));
  if (excess !== null) return violate(going, node, tooLarge(excess));
  const { store, operation, sealInput, seal } = node;
  going.commands.push({
    kind: "commit",
    node: at,
    name: node.name,
    store,
    operation,
    input,
    sealInput,
    seal,
  });
  return { status: "waiting", at, input, slots: going.slots, attempt: 0 };
}

function visitExternal(going: Walk, node: ExternalNode, at: number): Turn {
  const confidential = isConfidential(node);
  const input = fitting(going, node.input, { check: node.check, confidential });
  if (input instanceof Violation) return violate(going, node, input);
  const excess = overweight(input, node.sealInput);
  if (excess !== null) return violate(going, node, tooLarge(excess));
  return attempt(going, node, { at, input, attempt: 1 });
}

/** Databases end a text at NUL: a key that holds one would stand for another. */
function unfitKey(key: Json | undefined): string | null {
  if (typeof key !== "string") return null;
  if (key.includes("\0")) return "expected a key without NUL characters";
  if (Buffer.byteLength(key) <= LIMITS.storeKeyBytesMax) return null;
  return `expected a key of at most ${LIMITS.storeKeyBytesMax} bytes`;
}

function visitDecide(going: Walk, node: DecideNode): Turn {
  const { program, slots, commands } = going;
  const input = bind(node.input, slots);
  if (input instanceof Unbound) return violate(going, node, missing(going, input));
  const row = node.rows.findIndex(({ when }) => program.fits(when, input) === null);
  const outcome = node.rows[row]?.outcome ?? node.otherwise;
  const to = edgeOf(program.graph, node, outcome);
  commands.push(nodeRecord(node.name, { outcome, to: to.name, row }));
  return to.index;
}

function visitEnter(going: Walk, node: EnterNode): Turn {
  const confidential = node.seal.length > 0;
  const input = fitting(going, node.input, { check: node.check, confidential });
  if (input instanceof Violation) return violate(going, node, input);
  return pass(going, node, { outcome: "ENTERED", output: input });
}

function visitLeave(going: Walk, node: LeaveNode): Turn {
  const result = bind(node.result, going.slots);
  if (result instanceof Unbound) return violate(going, node, missing(going, result));
  return pass(going, node, { outcome: node.outcome, output: result });
}

/** A call's payload on its way in, or its result on its way out. */
function pass(
  going: Walk,
  node: EnterNode | LeaveNode,
  { outcome, output }: { readonly outcome: string; readonly output: Json },
): Turn {
  const excess = overweight(output, node.seal);
  if (excess !== null) return violate(going, node, tooLarge(excess));
  const to = edgeOf(going.program.graph, node, outcome);
  going.slots[node.slot] = output;
  going.commands.push(nodeRecord(node.name, { outcome, output, to: to.name }, node.seal));
  return to.index;
}

function visitExit(going: Walk, node: ExitNode): Turn {
  const bound = bind(node.result, going.slots);
  const result = bound instanceof Unbound ? null : bound;
  const violation =
    bound instanceof Unbound ? missing(going, bound) : heavy(overweight(result, node.seal));
  // These are the last: where even their result cannot be given, they end without one.
  const last = node.fault || node.cancel === true;
  if (violation !== null && !last) return violate(going, node, violation);
  going.commands.push({
    kind: "finish",
    exit: node.name,
    outcome: node.outcome,
    result: violation === null ? result : null,
    seal: violation === null ? node.seal : NOWHERE,
    fault: node.fault,
  });
  return { status: "finished" };
}

const NOWHERE: readonly SealedPlace[] = Object.freeze([]);

/** Why a node could not be given its input. */
class Violation {
  constructor(readonly reason: Reason) {}
}

/** The frozen input of a node, or why it has none. */
function fitting(
  going: Walk,
  binding: Binding,
  { check, confidential }: { readonly check: Check; readonly confidential: boolean },
): Json | Violation {
  const value = bind(binding, going.slots);
  if (value instanceof Unbound) return missing(going, value);
  const problems = check === null ? null : going.program.fits(check, value);
  if (problems === null) return value;
  const message = "the bound value does not fit the input's schema";
  return new Violation(reason("violation/unfit-input", message, { problems, confidential }));
}

function missing(going: Walk, unbound: Unbound): Violation {
  return new Violation(unboundReason(going.program.graph, unbound));
}

function tooLarge(excess: string): Violation {
  return new Violation(reason("violation/too-large", excess, { confidential: false }));
}

function heavy(excess: string | null): Violation | null {
  return excess === null ? null : tooLarge(excess);
}

function violate(going: Walk, node: GraphNode, { reason }: Violation): number {
  const to = edgeOf(going.program.graph, node, "VIOLATION");
  going.commands.push(nodeRecord(node.name, { outcome: "VIOLATION", to: to.name, reason }));
  return to.index;
}
