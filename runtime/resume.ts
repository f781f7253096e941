/**
 * What a former writer left open is taken over: most of it comes to its end at once, what waits for
 * the outside goes on beside new work, and what cannot or must not go on stays as it was, to be
 * cancelled or to be gone on with later. Where there is much of it, new work waits for the first of
 * it only. Nothing of it is forgotten.
 */
import type { CutBody } from "../protocol/language/records.ts";
import type { Admission } from "./admission.ts";
import type { AtHand } from "./at-hand.ts";
import { Backlog } from "./backlog.ts";
import type { Cancelling } from "./cancel.ts";
import type { World } from "./execution.ts";
import { adopt, goOnWith, openedIn, type Stuck, type Waits } from "./reopen.ts";
import { keyedBy, type Repeats } from "./repeats.ts";
import type { Running } from "./running.ts";
import type { Recovery } from "./runtime-options.ts";
import type { Unfinished } from "./unfinished.ts";

export interface Resuming {
  readonly world: World;
  readonly atHand: AtHand;
  readonly admission: Admission;
  readonly running: Running;
  readonly repeats: Repeats;
  readonly cancelling: Cancelling;
  /** Leaves open what is open. */
  readonly hold: boolean;
  /** So many go on before new work is taken, and the others beside it. */
  readonly firstMax: number;
  /** Told what went wrong with an execution that nobody waits for. */
  readonly onUnheard: (error: unknown) => void;
}

/** What was found, and grows as what goes on beside new work comes to something; and those. */
export interface Resumed {
  readonly recovery: Recovery;
  readonly backlog: Backlog;
}

export const NOTHING_RESUMED: Recovery = Object.freeze({
  continued: [],
  calling: [],
  waiting: [],
  stuck: [],
  held: [],
  later: [],
  left: [],
  cuts: [],
});

/** So many go on before their records are flushed. */
const AT_ONCE = 256;

/** Goes on with what was found open, which it takes. Called once, before any work. */
export async function resume(
  resuming: Resuming,
  unfinished: readonly Unfinished[],
  cuts: readonly CutBody[],
): Promise<Resumed> {
  const { world, cancelling, hold, firstMax, onUnheard } = resuming;
  for (const one of unfinished) adopt(world, one);
  // What was cancelled goes nowhere any more: only its end is missing.
  const isHeld = (one: Unfinished) => hold && !one.wasCancelled;
  const held = unfinished.filter(isHeld);
  const { first, later } = apart(
    unfinished.filter((one) => !isHeld(one)),
    firstMax,
  );
  for (const one of held) cancelling.leave(one);
  const found = {
    continued: [] as string[],
    calling: [] as string[],
    waiting: [] as string[],
    stuck: [] as Stuck[],
    held: held.map(({ trace }) => trace),
    later: later.map(({ trace }) => trace),
    get left() {
      return backlog.leftOpen;
    },
    cuts,
  };
  const goOn = async (some: readonly Unfinished[]) => {
    const { continued, calling, waiting, stuck } = await goOnSome(resuming, some);
    found.continued.push(...continued);
    found.calling.push(...calling);
    found.waiting.push(...waiting);
    found.stuck.push(...stuck);
  };
  const failed = (error: unknown) => {
    // No start goes on behind what does not hold.
    world.ledger.stop(error);
    onUnheard(error);
  };
  const backlog = new Backlog({ unfinished: later, goOn, failed });
  while (first.length > 0) await goOn(first.splice(0, AT_ONCE));
  return { recovery: found, backlog };
}

/**
 * Those that go on before new work is taken: the first ones, and the one that wrote last. That one
 * may have been stopped between two steps with nothing in between, and nobody else ever sees that.
 */
function apart(
  unfinished: readonly Unfinished[],
  firstMax: number,
): { readonly first: Unfinished[]; readonly later: readonly Unfinished[] } {
  const wroteLast = unfinished.reduce((last, { n }) => Math.max(last, n), 0);
  const isFirst = ({ n }: Unfinished, at: number) => at < firstMax || n === wroteLast;
  return {
    first: unfinished.filter(isFirst),
    later: unfinished.filter((one, at) => !isFirst(one, at)),
  };
}

type Gone = Pick<Recovery, "continued" | "calling" | "waiting" | "stuck">;

async function goOnSome(resuming: Resuming, some: readonly Unfinished[]): Promise<Gone> {
  const { world, atHand, running, cancelling } = resuming;
  const { continued, calling, waiting, stuck } = await goOnWith(some, {
    world,
    programsUnder: (id) => atHand.programs(id),
    durable: (ended) => running.settleSome(ended),
    rest: (waits) => rest(resuming, waits),
  });
  for (const one of stuck) cancelling.leave(one.unfinished);
  // A call may take its time: new work need not wait for it.
  for (const one of calling) goOnCalling(resuming, one);
  return {
    continued,
    calling: calling.map(({ course }) => course.journal.trace),
    waiting,
    stuck: stuck.map(({ why }) => why),
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
