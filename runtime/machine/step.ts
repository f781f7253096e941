/**
 * The machine: what happens next, as a pure function of the program, the execution and one fact. It
 * walks through everything that needs no answer from outside and stops where something must be
 * asked. It never acts, never waits, and never reads what a fact did not say.
 */
import {
  CONTEXT_SLOT,
  type EffectNode,
  type ExternalNode,
  PAYLOAD_SLOT,
  type TransformNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { Reason } from "../../protocol/language/records.ts";
import { attempt, unknownOutcome } from "./attempt.ts";
import { cancelTargetOf, edgeOf, nodeAt } from "./edges.ts";
import { judge } from "./judge.ts";
import type { CallAnswer, CancelOrder, Execution, Fact, Program, Step, Walk } from "./program.ts";
import { cancelledRecord, effectRecord, externalRecord, nodeRecord } from "./record.ts";
import { visit } from "./visit.ts";

/** The execution after a fact, and what is to be done now. */
export function step(program: Program, execution: Execution, fact: Fact): Step {
  if (fact.kind === "accepted") {
    invariant(execution.status === "new", "a payload is accepted once, at the beginning");
    const slots = new Array<Json | undefined>(program.graph.slots).fill(undefined);
    slots[PAYLOAD_SLOT] = fact.payload;
    slots[CONTEXT_SLOT] = fact.context;
    return walk({ program, slots, commands: [] }, program.graph.start);
  }
  invariant(execution.status === "waiting", "an answer comes to an execution that waits for one");
  invariant(execution.at === fact.node, "an answer comes from the node that was asked");
  const going = { program, slots: [...execution.slots], commands: [] };
  if (fact.kind === "interrupted") return resume(going, execution);
  if (fact.kind === "cancel") return walk(going, abandon(going, execution, fact.order));
  invariant("answer" in fact, `a fact of kind ${fact.kind} is heard`);
  return walk(going, settle(going, execution, fact.answer));
}

type Waiting = Execution & { readonly status: "waiting" };

/** A call that was begun and has no answer: made again where that is safe, else left in doubt. */
function resume(going: Walk, waiting: Waiting): Step {
  const { at, input } = waiting;
  const node = nodeAt(going.program.graph, at);
  invariant(node.kind === "external", "only a call to the outside can be interrupted");
  if (node.repeat === "unsafe") {
    const unknown = { code: "unknown/interrupted", message: INTERRUPTED };
    return walk(going, settle(going, waiting, { unknown }));
  }
  const execution = attempt(going, node, { at, input, attempt: waiting.attempt + 1 });
  return { execution, commands: going.commands };
}

const INTERRUPTED =
  "the process stopped before an answer was recorded; the call may have been made";

/**
 * Writes down that the execution was ended where it waited, and gives the exit for it. A call that
 * was begun there may have been made, whether or not the outside is still listened to.
 */
function abandon({ program, commands }: Walk, waiting: Waiting, order: CancelOrder): number {
  const node = nodeAt(program.graph, waiting.at);
  const taken = cancelTargetOf(program.graph, node);
  invariant(taken !== undefined, "only what has a way out for it is cancelled");
  const inDoubt = waiting.attempt > 0;
  commands.push(cancelledRecord(node.name, { ...order, in_doubt: inDoubt, to: taken.name }));
  return taken.index;
}

/** Visits node after node until one has to wait or the execution is at its end. */
function walk(going: Walk, start: number): Step {
  let next = start;
  for (;;) {
    const turn = visit(going, nodeAt(going.program.graph, next), next);
    if (typeof turn !== "number") return { execution: turn, commands: going.commands };
    next = turn;
  }
}

/** Writes down the answer that a node waited for, and gives the node that comes next. */
function settle(going: Walk, waiting: Waiting, answer: CallAnswer): number {
  const { program, slots, commands } = going;
  const node = nodeAt(program.graph, waiting.at);
  invariant(
    node.kind === "transform" || node.kind === "effect" || node.kind === "external",
    "a node that asks is asked",
  );
  const { outcome, ...told } = outcomeOf(program, node, answer);
  const taken = edgeOf(program.graph, node, outcome);
  if (told.output !== undefined) slots[node.slot] = told.output;
  const found = { outcome, to: taken.name, ...told };
  switch (node.kind) {
    case "transform":
      commands.push(nodeRecord(node.name, found, node.seal[outcome]));
      break;
    case "effect":
      commands.push(
        effectRecord(node, found, { input: waiting.input, context: slots[CONTEXT_SLOT] }),
      );
      break;
    case "external":
      commands.push(externalRecord(node, found, waiting.attempt));
  }
  return taken.index;
}

type Told = { readonly outcome: string; readonly output?: Json; readonly reason?: Reason };

function outcomeOf(
  program: Program,
  node: TransformNode | EffectNode | ExternalNode,
  answer: CallAnswer,
): Told {
  if ("unknown" in answer) {
    invariant(node.kind === "external", "only the outside can leave us without an answer");
    return { outcome: unknownOutcome(node), reason: answer.unknown };
  }
  const judged = judge(program, node, answer);
  return "fault" in judged ? { outcome: "FAULT", reason: judged.fault } : judged;
}
