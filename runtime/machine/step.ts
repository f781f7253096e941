/**
 * The machine: what happens next, as a pure function of the program, the execution and one fact. It
 * walks through everything that needs no answer from outside and stops where something must be
 * asked. It never acts, never waits, and never reads what a fact did not say.
 */
import { CONTEXT_SLOT, PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { abandon } from "./abandon.ts";
import { nodeAt } from "./edges.ts";
import { beginningOf, concludeFork, endedIn, type ForkNode, forkAt, sizeOf } from "./fork.ts";
import { type Heard, hear } from "./hear.ts";
import { identitySlot } from "./people.ts";
import type {
  Command,
  Execution,
  Fact,
  Forked,
  Joined,
  Live,
  Program,
  Scope,
  Step,
  Waiting,
  Walk,
} from "./program.ts";
import { scopeWithin } from "./told.ts";
import { visit } from "./visit.ts";

/** The execution after a fact, and what is to be done now. */
export function step(program: Program, execution: Execution, fact: Fact): Step {
  const commands: Command[] = [];
  if (fact.kind === "accepted") {
    invariant(execution.status === "new", "a payload is accepted once, at the beginning");
    const last = identitySlot(program.graph);
    const slots = new Array<Json | undefined>(last + 1).fill(undefined);
    slots[PAYLOAD_SLOT] = fact.payload;
    slots[CONTEXT_SLOT] = fact.context;
    slots[last] = fact.identity;
    const going = { program, slots, commands, done: null, undoing: null, scope: null };
    return { execution: walk(going, program.graph.start), commands };
  }
  requireStanding(execution);
  if (fact.kind === "cancel") {
    requireAt(execution, fact);
    const going = goingOn(program, execution, { commands, scope: null });
    return { execution: walk(going, abandon(going, execution, fact.order)), commands };
  }
  const telling = { program, commands, fact };
  return { execution: tell(telling, execution, null), commands };
}

type Standing = Waiting | Forked;

function requireStanding(execution: Execution): asserts execution is Standing {
  invariant(isStanding(execution), "an answer comes to an execution that waits for one");
}

function requireAt({ at }: Standing, { node }: Heard | (Fact & { kind: "cancel" })): void {
  invariant(at === node, "an answer comes from the node that was asked");
}

function goingOn(
  program: Program,
  standing: Standing,
  { commands, scope }: Pick<Walk, "commands" | "scope">,
): Walk {
  const { slots, done } = standing;
  const undoing = standing.status === "waiting" ? standing.undoing : null;
  return { program, slots: [...slots], commands, done, undoing, scope };
}

/** A fact on its way to the branch that it is for. */
interface Telling {
  readonly program: Program;
  readonly commands: Command[];
  readonly fact: Heard;
}

function tell(telling: Telling, execution: Standing, scope: Scope | null): Execution {
  const { program, commands, fact } = telling;
  const index = fact.branch?.[scope === null ? 0 : scope.branch.length];
  if (index !== undefined) return tellBranch(telling, { execution, index }, scope);
  invariant(execution.status === "waiting", "an answer comes to what waits for one");
  requireAt(execution, fact);
  const going = goingOn(program, execution, { commands, scope });
  const turn = hear(going, execution, fact);
  return typeof turn === "number" ? walk(going, turn) : turn;
}

function tellBranch(
  telling: Telling,
  { execution, index }: { readonly execution: Standing; readonly index: number },
  scope: Scope | null,
): Execution {
  const { program, commands } = telling;
  invariant(execution.status === "forked", "an answer comes to a branch of what was forked");
  const node = forkAt(program, execution);
  const place = execution.live.findIndex((one) => one.index === index);
  const told = execution.live[place];
  invariant(told !== undefined, "an answer comes to a branch that waits for one");
  const next = tell(telling, told.execution, scopeWithin(scope, node, index));
  if (isStanding(next)) {
    return { ...execution, live: execution.live.with(place, { index, execution: next }) };
  }
  requireJoined(next);
  const live = execution.live.filter((one) => one.index !== index);
  const ended = endedIn(node, { ...execution, live }, index, next);
  const spread = spreadOut({ program, commands, scope }, node, ended);
  if (spread.live.length > 0) return spread;
  const going = goingOn(program, spread, { commands, scope });
  return walk(going, concludeFork(going, node, spread));
}

function isStanding(execution: Execution): execution is Standing {
  return execution.status === "waiting" || execution.status === "forked";
}

/** Begins items or branches for as long as there is room; none is under way once all have ended. */
function spreadOut(
  { program, commands, scope }: Pick<Walk, "program" | "commands" | "scope">,
  node: ForkNode,
  from: Forked,
): Forked {
  const { total, atOnce } = sizeOf(node, from);
  const live: Live[] = [...from.live];
  let forked = from;
  let { next } = from;
  for (; next < total && live.length < atOnce; next += 1) {
    const { at, slots } = beginningOf(node, forked, next);
    const within = scopeWithin(scope, node, next);
    const going = { program, slots, commands, done: null, undoing: null, scope: within };
    const execution = walk(going, at);
    if (isStanding(execution)) {
      live.push({ index: next, execution });
    } else {
      requireJoined(execution);
      forked = endedIn(node, forked, next, execution);
    }
  }
  return { ...forked, next, live };
}

function requireJoined(execution: Execution): asserts execution is Joined {
  invariant(execution.status === "joined", "what was forked ends where it is joined");
}

/** Visits node after node until one has to wait or the execution is at its end. */
function walk(going: Walk, start: number): Execution {
  let next = start;
  for (;;) {
    const node = nodeAt(going.program.graph, next);
    const turn = visit(going, node, next);
    if (typeof turn === "number") {
      next = turn;
    } else if (turn.status === "forked") {
      const fork = forkAt(going.program, turn);
      const spread = spreadOut(going, fork, turn);
      if (spread.live.length > 0) return spread;
      going.done = spread.done;
      next = concludeFork(going, fork, spread);
    } else {
      return turn;
    }
  }
}
