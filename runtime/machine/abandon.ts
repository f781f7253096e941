/**
 * Ending an execution where it waits, with all that it forked into. A call that was begun there may
 * have been made, whether or not the outside is still listened to: that is in doubt, and what the
 * compensations of it come to is kept, should the way out undo what was done.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import { unknownOutcome } from "./attempt.ts";
import { cancelTargetOf, nodeAt } from "./edges.ts";
import { forkAt } from "./fork.ts";
import type {
  CancelOrder,
  Done,
  Execution,
  Forked,
  Program,
  Scope,
  Told,
  Waiting,
  Walk,
} from "./program.ts";
import { cancelledRecord } from "./record.ts";
import { scopeWithin } from "./told.ts";
import { appended, keepDone } from "./undo.ts";

/** Whether an execution has a way out from where it stands: none, while it undoes what was done. */
export function isCancellable({ graph }: Program, execution: Execution): boolean {
  if (execution.status !== "waiting" && execution.status !== "forked") return false;
  return cancelTargetOf(graph, nodeAt(graph, execution.at)) !== undefined;
}

/** Writes down that the execution was ended where it stood, and gives the exit for it. */
export function abandon(going: Walk, standing: Waiting | Forked, order: CancelOrder): number {
  const { program, commands } = going;
  const node = nodeAt(program.graph, standing.at);
  const taken = cancelTargetOf(program.graph, node);
  invariant(taken !== undefined, "only what has a way out for it is cancelled");
  going.done = doneIn(program, standing, null);
  going.undoing = null;
  const found = { ...order, in_doubt: isInDoubt(program, standing), to: taken.name };
  commands.push(cancelledRecord(node.name, found));
  return taken.index;
}

/** Whether a call is under way of which nobody will know the end, or one was whose end is unknown. */
function isInDoubt(program: Program, standing: Waiting | Forked): boolean {
  if (standing.status === "forked") {
    return standing.live.some(({ execution }) => isInDoubt(program, execution));
  }
  const { attempt } = standing;
  const told = writtenDown(standing);
  if (told === null) return attempt > 0;
  const node = nodeAt(program.graph, standing.at);
  return node.kind === "external" && told.outcome === unknownOutcome(node);
}

/** What came of a call, where a record holds it: before that nobody will know that it was answered. */
function writtenDown({ wait }: Waiting): Told | null {
  return wait?.kind === "until" ? wait.told : null;
}

/** All that was done, in the order of the branches where they have not ended. */
function doneIn(program: Program, standing: Waiting | Forked, scope: Scope | null): Done | null {
  if (standing.status === "waiting") return doneWaiting(program, standing, scope);
  const node = forkAt(program, standing);
  return standing.live.reduce<Done | null>((done, { index, execution }) => {
    return appended(done, doneIn(program, execution, scopeWithin(scope, node, index)));
  }, standing.done);
}

function doneWaiting(program: Program, waiting: Waiting, scope: Scope | null): Done | null {
  const { at, slots, attempt, undoing } = waiting;
  const node = nodeAt(program.graph, at);
  if (undoing !== null) {
    const { kept, left, now } = undoing;
    // One that must not be made again can neither be waited for any more: what it undoes stands.
    const isLost = attempt > 0 && node.kind === "external" && node.repeat === "unsafe";
    const again = { ...now, undo: isLost ? null : now.undo, before: null };
    return appended(appended(kept, left), again);
  }
  const going = { program, slots: [...slots], commands: [], done: waiting.done, undoing, scope };
  if (node.kind === "external" && attempt > 0) {
    const told = writtenDown(waiting);
    const outcome = told?.outcome ?? unknownOutcome(node);
    if (told?.output !== undefined) going.slots[node.slot] = told.output;
    keepDone(going satisfies Walk, node, { at, outcome });
  }
  return going.done;
}
