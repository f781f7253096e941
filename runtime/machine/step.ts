/**
 * The machine: what happens next, as a pure function of the program, the execution and one fact. It
 * walks through everything that needs no answer from outside and stops where something must be
 * asked. It never acts, never waits, and never reads what a fact did not say.
 */
import { CONTEXT_SLOT, PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { edgeOf, nodeAt } from "./edges.ts";
import { judge } from "./judge.ts";
import type { Answer, Execution, Fact, Program, Step, Walk } from "./program.ts";
import { effectRecord, nodeRecord } from "./record.ts";
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
  return walk(going, settle(going, execution, fact.answer));
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
function settle(going: Walk, waiting: Execution & { status: "waiting" }, answer: Answer): number {
  const { program, slots, commands } = going;
  const node = nodeAt(program.graph, waiting.at);
  invariant(node.kind === "transform" || node.kind === "effect", "a node that asks is asked");
  const judged = judge(program, node, answer);
  const outcome = "fault" in judged ? "FAULT" : judged.outcome;
  const taken = edgeOf(program.graph, node, outcome);
  if (!("fault" in judged)) slots[node.slot] = judged.output;
  const found =
    "fault" in judged
      ? { outcome, to: taken.name, reason: judged.fault }
      : { outcome, to: taken.name, output: judged.output };
  commands.push(
    node.kind === "transform"
      ? nodeRecord(node.name, found, node.seal[outcome])
      : effectRecord(node, found, { input: waiting.input, context: slots[CONTEXT_SLOT] }),
  );
  return taken.index;
}
