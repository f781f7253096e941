/**
 * What a former writer left open is taken over: most of it comes to its end at once, what waits for
 * the outside goes on beside new work, and what cannot or must not go on stays as it was, to be
 * cancelled or to be gone on with later. Nothing of it is forgotten.
 */
import type { CutBody } from "../protocol/language/records.ts";
import type { Admission } from "./admission.ts";
import type { AtHand } from "./at-hand.ts";
import type { Cancelling } from "./cancel.ts";
import type { World } from "./execution.ts";
import { adopt, goOnAll, openedIn, type Unfinished, type Waits, wasCancelled } from "./reopen.ts";
import { keyedBy, type Repeats } from "./repeats.ts";
import type { Running } from "./running.ts";
import type { Recovery } from "./runtime-options.ts";

export interface Resuming {
  readonly world: World;
  readonly atHand: AtHand;
  readonly admission: Admission;
  readonly running: Running;
  readonly repeats: Repeats;
  readonly cancelling: Cancelling;
  /** Leaves open what is open. */
  readonly hold: boolean;
  /** Told what went wrong with an execution that nobody waits for. */
  readonly onUnheard: (error: unknown) => void;
}

export const NOTHING_RESUMED: Recovery = Object.freeze({
  continued: [],
  calling: [],
  waiting: [],
  stuck: [],
  held: [],
  cuts: [],
});

/** Goes on with what was found open, which it takes. Called once, before any work. */
export async function resume(
  resuming: Resuming,
  unfinished: Unfinished[],
  cuts: readonly CutBody[],
): Promise<Recovery> {
  const { world, atHand, running, cancelling, hold } = resuming;
  for (const one of unfinished) adopt(world, one);
  // What was cancelled goes nowhere any more: only its end is missing.
  const isHeld = (one: Unfinished) => hold && !wasCancelled(one);
  const held = unfinished.filter(isHeld);
  const goingOn = hold ? unfinished.filter((one) => !isHeld(one)) : unfinished;
  const { continued, calling, waiting, stuck } = await goOnAll(goingOn, {
    world,
    programsUnder: (id) => atHand.programs(id),
    durable: (ended) => running.settleSome(ended),
    rest: (some) => rest(resuming, some),
  });
  for (const one of held) cancelling.leave(one);
  for (const one of stuck) cancelling.leave(one.unfinished);
  // A call may take its time: new work need not wait for it.
  for (const one of calling) goOnCalling(resuming, one);
  return {
    continued,
    calling: calling.map(({ course }) => course.journal.trace),
    waiting,
    stuck: stuck.map(({ why }) => why),
    held: held.map(({ journal }) => journal.trace),
    cuts,
  };
}

/** They leave memory as they are: nobody asked for them in this process. */
async function rest({ admission, running }: Resuming, waiting: readonly Waits[]): Promise<void> {
  const left = waiting.map(async ({ course, standing }) => {
    await admission.reenter();
    try {
      await running.waiting.enter(course, standing).answer;
    } finally {
      admission.leave();
    }
  });
  await Promise.all(left);
}

function goOnCalling(
  { admission, running, repeats, onUnheard }: Resuming,
  { course, standing, payload }: Waits,
): void {
  const { journal, program } = course;
  const turn = admission.reenter();
  const going = running.waiting.enter(course, standing, turn).answer;
  const opened = openedIn(journal);
  const { idempotency_key: key, intent } = opened;
  if (key !== null) {
    const { workflow } = program.graph;
    repeats.share({ ...keyedBy(opened), key, intent, workflow, payload }, going);
  }
  // Whoever asked is gone: what goes wrong is told by `close`. One that is cancelled before its turn
  // takes it all the same.
  const over = going.catch(onUnheard).then(() => turn);
  void over.finally(() => admission.leave());
}
