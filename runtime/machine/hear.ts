/**
 * What a node that waits makes of what it is told: an answer is judged and written down, a call is
 * made again or left in doubt, a wait begins or is over. A fact that nobody asked for is our own
 * fault.
 */
import {
  CONTEXT_SLOT,
  type EffectNode,
  type ExternalNode,
  type GraphNode,
  type TransformNode,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { armRetry, attempt, isTriedAgain, unknownOutcome, waitToRetry } from "./attempt.ts";
import { armAwait, elapse, hearSignal } from "./await.ts";
import { nodeAt } from "./edges.ts";
import { judge } from "./judge.ts";
import type {
  CallAnswer,
  CancelFact,
  Execution,
  Fact,
  Program,
  Told,
  Undoing,
  Waiting,
  Walk,
} from "./program.ts";
import { effectRecord, externalRecord, type Found, nodeRecord } from "./record.ts";
import { nameOf, takenBy, toldIn } from "./told.ts";
import { keepDone, undoFurther } from "./undo.ts";

/** What is told to a node, once an execution is under way. */
export type Heard = Exclude<Fact, { readonly kind: "accepted" } | CancelFact>;

/** The index of the node that comes next, or the execution as it waits again. */
export function hear(going: Walk, waiting: Waiting, fact: Heard): number | Execution {
  const node = nodeAt(going.program.graph, waiting.at);
  const { wait } = waiting;
  switch (fact.kind) {
    case "result":
    case "committed":
    case "answered":
      requireAsked(node, waiting, fact.kind);
      return settle(going, node, { waiting, answer: fact.answer });
    case "interrupted":
      requireAsked(node, waiting, "answered");
      return resume(going, node, waiting);
    case "armed":
      invariant(wait?.kind === "arming", "the time is told to who asked for it");
      return arm(going, node, { waiting, told: wait.told, now: fact.now });
    case "elapsed":
      invariant(wait?.kind === "until", "time is up for what waits for it");
      return timeIsUp(going, node, waiting);
    case "signalled":
      invariant(node.kind === "await", "a signal comes to a node that awaits");
      return hearSignal(going, node, { waiting, order: fact.order });
  }
}

type Asking = TransformNode | EffectNode | ExternalNode;

function requireAsked(
  node: GraphNode,
  { wait }: Waiting,
  kind: "result" | "committed" | "answered",
): asserts node is Asking {
  invariant(node.kind === ASKED[kind] && wait === null, "a node that asks is answered");
}

const ASKED = Object.freeze({ result: "transform", committed: "effect", answered: "external" });

/** A call that was begun and has no answer: made again where that is safe, else left in doubt. */
function resume(going: Walk, node: GraphNode, waiting: Waiting): number | Execution {
  invariant(node.kind === "external", "only a call to the outside can be interrupted");
  if (node.repeat === "unsafe") {
    const unknown = { code: "unknown/interrupted", message: INTERRUPTED };
    return settle(going, node, { waiting, answer: { unknown } });
  }
  return again(going, node, waiting);
}

/** The next attempt: it is counted on, whatever stood between. */
function again(going: Walk, node: ExternalNode, waiting: Waiting): Waiting {
  const { at, input } = waiting;
  return attempt(going, node, { at, input, attempt: waiting.attempt + 1 });
}

const INTERRUPTED =
  "the process stopped before an answer was recorded; the call may have been made";

function arm(
  going: Walk,
  node: GraphNode,
  stand: { readonly waiting: Waiting; readonly told: Told | null; readonly now: string },
): Waiting {
  const { waiting, told, now } = stand;
  if (node.kind === "await") return armAwait(going, node, waiting, now);
  invariant(node.kind === "external" && told !== null, "a call is made again after its answer");
  return armRetry(going, node, { waiting, told, now });
}

function timeIsUp(going: Walk, node: GraphNode, waiting: Waiting): number | Waiting {
  if (node.kind === "await") return elapse(going, node);
  invariant(node.kind === "external", "a call is made again when it is time");
  return again(going, node, waiting);
}

interface Settling {
  readonly waiting: Waiting;
  readonly answer: CallAnswer;
}

/** Writes down the answer that a node waited for, and gives the node that comes next. */
function settle(going: Walk, node: Asking, { waiting, answer }: Settling): number | Execution {
  const told = outcomeOf(going.program, node, answer);
  const { outcome } = told;
  if (node.kind === "external" && isTriedAgain(node, outcome, waiting.attempt)) {
    return waitToRetry(going, node, { waiting, told });
  }
  const { undoing } = going;
  if (undoing !== null) {
    writeDown(going, node, { waiting, told, to: undoerOf(going, undoing) });
    return undoFurther(going, undoing, outcome);
  }
  const taken = takenBy(going, node, outcome);
  writeDown(going, node, { waiting, told, to: taken.name });
  if (told.output !== undefined) going.slots[node.slot] = told.output;
  if (node.kind !== "transform") keepDone(going, node, { at: waiting.at, outcome });
  return taken.index;
}

function undoerOf({ program, scope }: Walk, { at }: Undoing): string {
  return toldIn(scope, nodeAt(program.graph, at).name);
}

function writeDown(
  going: Walk,
  node: Asking,
  asked: { readonly waiting: Waiting; readonly told: Told; readonly to: string },
): void {
  const { waiting, told, to } = asked;
  const found = foundOf(told, to);
  const name = nameOf(going, node);
  const compensates = going.undoing === null ? null : going.undoing.now.name;
  switch (node.kind) {
    case "transform":
      going.commands.push(nodeRecord(name, found, node.seal[told.outcome]));
      break;
    case "effect": {
      const context = going.slots[CONTEXT_SLOT];
      going.commands.push(
        effectRecord(node, found, { name, input: waiting.input, context, compensates }),
      );
      break;
    }
    case "external":
      going.commands.push(
        externalRecord(node, found, { name, attempt: waiting.attempt, compensates }),
      );
  }
}

/** Not by spreading: this is done for every node. */
function foundOf({ outcome, output, reason }: Told, to: string): Found {
  if (reason !== undefined) return { outcome, to, reason };
  return output === undefined ? { outcome, to } : { outcome, output, to };
}

function outcomeOf(program: Program, node: Asking, answer: CallAnswer): Told {
  if ("unknown" in answer) {
    invariant(node.kind === "external", "only the outside can leave us without an answer");
    return { outcome: unknownOutcome(node), reason: answer.unknown };
  }
  const judged = judge(program, node, answer);
  return "fault" in judged ? { outcome: "FAULT", reason: judged.fault } : judged;
}
