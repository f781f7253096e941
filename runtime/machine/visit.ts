/**
 * What each kind of node does when the walk comes to it: bind the input, check it, and either ask,
 * decide, fork or pass a value on. A value that is missing or does not fit takes the VIOLATION edge.
 */
import type {
  DecideNode,
  EffectNode,
  EnterNode,
  ExitNode,
  ExternalNode,
  GraphNode,
  JoinNode,
  LeaveNode,
  SealedPlace,
  TransformNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { attempt } from "./attempt.ts";
import { visitAwait } from "./await.ts";
import { bind, Unbound } from "./bind.ts";
import { visitMap, visitParallel } from "./fork.ts";
import { fitting, missing, tooLarge, Violation, violate, writable } from "./inputs.ts";
import type { Execution, Walk } from "./program.ts";
import { nodeRecord } from "./record.ts";
import { commit } from "./stores.ts";
import { ask, nameOf, takenBy } from "./told.ts";
import { visitUndo } from "./undo.ts";
import { overweight } from "./weigh.ts";

/** The index of the node that comes next, or the execution as it waits, is forked or has ended. */
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
    case "await":
      return visitAwait(going, node, at);
    case "map":
      return visitMap(going, node, at);
    case "parallel":
      return visitParallel(going, at);
    case "join":
      return visitJoin(going, node);
    case "undo":
      return visitUndo(going, node, at);
    case "exit":
      return visitExit(going, node);
  }
}

function visitTransform(going: Walk, node: TransformNode, at: number): Turn {
  const input = fitting(going, node.input, { check: node.check, confidential: node.confidential });
  if (input instanceof Violation) return violate(going, node, input);
  ask(going, {
    kind: "invoke",
    node: at,
    name: nameOf(going, node),
    implementation: node.implementation,
    input,
    confidential: node.confidential,
  });
  const { slots, done } = going;
  return { status: "waiting", at, input, slots, attempt: 0, done, wait: null, undoing: null };
}

function visitEffect(going: Walk, node: EffectNode, at: number): Turn {
  const input = writable(going, node);
  if (input instanceof Violation) return violate(going, node, input);
  return commit(going, node, { at, input });
}

function visitExternal(going: Walk, node: ExternalNode, at: number): Turn {
  const input = writable(going, node);
  if (input instanceof Violation) return violate(going, node, input);
  return attempt(going, node, { at, input, attempt: 1 });
}

function visitDecide(going: Walk, node: DecideNode): Turn {
  const { program, slots, commands } = going;
  const input = bind(node.input, slots);
  if (input instanceof Unbound) return violate(going, node, missing(going, input));
  const row = node.rows.findIndex(({ when }) => program.matches(when, input));
  const outcome = node.rows[row]?.outcome ?? node.otherwise;
  const to = takenBy(going, node, outcome);
  commands.push(nodeRecord(nameOf(going, node), { outcome, to: to.name, row }));
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
  const to = takenBy(going, node, outcome);
  going.slots[node.slot] = output;
  going.commands.push(nodeRecord(nameOf(going, node), { outcome, output, to: to.name }, node.seal));
  return to.index;
}

/** The end of an item or a branch; what is written down leads back to the fork. */
function visitJoin(going: Walk, node: JoinNode): Turn {
  const { scope } = going;
  invariant(scope !== null, "what is joined was forked");
  const end = resultOf(going, node, node.fault);
  if (end instanceof Violation) return violate(going, node, end);
  const { outcome } = node;
  const { result, seal } = end;
  const found = { outcome, output: result, to: scope.fork };
  going.commands.push(nodeRecord(nameOf(going, node), found, seal));
  return { status: "joined", outcome, result, done: going.done };
}

function visitExit(going: Walk, node: ExitNode): Turn {
  const end = resultOf(going, node, node.fault || node.cancel === true);
  if (end instanceof Violation) return violate(going, node, end);
  const { name: exit, outcome, fault } = node;
  going.commands.push({ kind: "finish", exit, outcome, ...end, fault });
  return { status: "finished" };
}

/** The last ones: where even their result cannot be given, they end without one. */
function resultOf(
  going: Walk,
  { result: binding, seal }: ExitNode | JoinNode,
  isLast: boolean,
): { readonly result: Json; readonly seal: readonly SealedPlace[] } | Violation {
  const result = bind(binding, going.slots);
  if (result instanceof Unbound) return isLast ? WITHOUT : missing(going, result);
  const excess = overweight(result, seal);
  if (excess === null) return { result, seal };
  return isLast ? WITHOUT : tooLarge(excess);
}

const WITHOUT = Object.freeze({ result: null, seal: Object.freeze([]) });
