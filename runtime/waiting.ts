/**
 * Executions under way that wait: for their turn, for answers of the outside, for time, for a signal.
 * Each of several answers is taken when it comes, written, and driven on from. Whatever is written
 * down first is what happened; what comes too late is dropped, and never written as well. What needs
 * nothing any more but time or a signal leaves memory.
 */
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Admission } from "./admission.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import { type Standing, standsAt } from "./driver.ts";
import { advance, type Course, type Journal, outline, type World } from "./execution.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { isCancellable } from "./machine/abandon.ts";
import type {
  CallCommand,
  CancelOrder,
  Fact,
  PendingCommand,
  WaitCommand,
} from "./machine/program.ts";
import { callOutside } from "./outside.ts";
import { askedBy } from "./playback.ts";
import type { Clock } from "./ports.ts";
import { type Opened, openedIn } from "./reopen.ts";

/** One execution, from where it first waits until it ends or leaves memory. */
export interface Live {
  readonly course: Course;
  /** Where it came to: told once that is durable. */
  readonly answer: Promise<Answer | WaitingAnswer>;
  /** Where it stands, and what it waits for there. */
  readonly standing: Standing;
}

interface Carried extends Live {
  standing: Standing;
  readonly settle: (answer: Promise<Answer | WaitingAnswer>) => void;
  /** What was begun of all that is pending; null: a wait, or what is about to be. */
  readonly begun: Map<PendingCommand, AbortController | null>;
  /** How many records it had when it was taken up. */
  readonly recorded: number;
  /** Whether anything may be begun for it. */
  hasTurn: boolean;
  /** Whether its place among those under way was given to another meanwhile. */
  isLent: boolean;
  /** Under way while it waits for a place again. */
  returning: Promise<void> | undefined;
  /** While what was written is flushed, and others have their turn: nothing is told to it meanwhile. */
  breath: Promise<void> | undefined;
  over: boolean;
}

/**
 * What stands for one among those that wait. It lets go of it when it leaves: a map that much comes to
 * and goes from is made anew again and again, and every old one keeps what stood in it for longer than
 * anybody looks at it.
 */
interface Seat {
  live: Carried | undefined;
}

export interface Waits {
  readonly world: World;
  readonly clock: Clock;
  readonly admission: Admission;
  /** Told when time is up for something that a trace waits for. */
  readonly alarm: (wait: WaitCommand, trace: string) => void;
  /** True where nothing is woken: whoever waited here for a time would wait for ever. */
  readonly hold: boolean;
  /** Makes durable what was written, and stores what is. */
  readonly flushed: () => Promise<void>;
  /** Tells of one that has ended or, where it waits, left memory; its records are durable or will be. */
  readonly settled: (
    journal: Journal,
    waits: readonly WaitCommand[] | undefined,
  ) => Promise<Answer | WaitingAnswer>;
}

/** A call that is made again so soon is waited for where it stands: reading it back is not worth it. */
const STAYS_MS = 60_000;

export class Waiting {
  readonly #waits: Waits;
  readonly #byTrace = new Map<string, Seat>();
  #closing = false;

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** Takes up an execution that waits; whoever does has a place for it among those under way. */
  enter(course: Course, standing: Standing, turn?: Promise<void>): Live {
    let settle: Carried["settle"] = () => {};
    const answer = new Promise<Answer | WaitingAnswer>((resolve) => {
      settle = resolve;
    });
    const recorded = course.journal.records.length;
    // Whoever looks at it is told; where nobody does, there is nobody to tell.
    answer.catch(() => {});
    const live: Carried = {
      course,
      standing,
      answer,
      settle,
      begun: new Map(),
      recorded,
      hasTurn: turn === undefined,
      isLent: false,
      returning: undefined,
      breath: undefined,
      over: false,
    };
    this.#byTrace.set(course.journal.trace, { live });
    this.#begin(live);
    void turn?.then(() => {
      live.hasTurn = true;
      if (!live.over) this.#begin(live);
    });
    return live;
  }

  /** Undefined where none of that trace is in memory. */
  get(trace: string): Live | undefined {
    return this.#at(trace);
  }

  /** How an execution began that waits here. */
  openedOf(trace: string): Opened | undefined {
    const live = this.#at(trace);
    return live && openedIn(live.course.journal);
  }

  /** Tells it what one of its pending commands came to. */
  tell({ course }: Live, fact: Fact): void {
    const live = this.#at(course.journal.trace);
    invariant(live?.course === course, "only what is in memory is told anything");
    this.#tell(live, fact);
  }

  /** Tells it of everything for which time is up. */
  elapse(trace: string): void {
    const { ledger } = this.#waits.world;
    for (let live = this.#at(trace); live !== undefined && live.breath === undefined; ) {
      const due = waitsIn(live.standing).find(({ until }) => Date.parse(until) <= ledger.nowMs);
      if (due === undefined) return;
      this.#tell(live, { kind: "elapsed", ...askedBy(due) });
      if (live.over) return;
    }
  }

  /**
   * Ends an execution that waits here, whatever it waits for, and gives where it came to; undefined
   * where none of that trace does. What it was called for is given up once that is durable.
   */
  cancel(trace: string, order: CancelOrder): Promise<Answer | WaitingAnswer> | undefined {
    const live = this.#at(trace);
    if (live === undefined) return undefined;
    const { program } = live.course;
    requireWayOut(program.graph);
    const { node } = standsAt(program, live.standing.execution);
    requireNotUndoing(isCancellable(program, live.standing.execution), trace);
    live.hasTurn = true;
    this.#tell(live, { kind: "cancel", node, order });
    return live.answer;
  }

  /** From now on nothing is waited for that can be gone on with later. */
  close(): void {
    this.#closing = true;
    for (const { live } of this.#byTrace.values()) if (live !== undefined) this.#restIfIdle(live);
  }

  #at(trace: string): Carried | undefined {
    return this.#byTrace.get(trace)?.live;
  }

  /** Settles when one that takes a breath can be told something again, or is over; undefined where it can. */
  breathed(trace: string): Promise<void> | undefined {
    const breath = this.#at(trace)?.breath;
    return breath?.then(() => this.breathed(trace));
  }

  /** Without a fact: from a breath on. */
  #tell(live: Carried, fact?: Fact): void {
    const { world } = this.#waits;
    const { course, standing } = live;
    try {
      const next = whole(world.ledger, () => advance(world, course, standing, fact));
      if (next === undefined) {
        this.#leave(live);
        this.#giveUp(live, [...live.begun.keys()]);
        live.settle(this.#waits.settled(course.journal, undefined));
        return;
      }
      live.standing = next;
      this.#begin(live);
    } catch (error) {
      this.#fail(live, error);
    }
  }

  /** Begins what is pending and was not begun, gives up what is not pending any more. */
  #begin(live: Carried): void {
    const { pending, asks } = live.standing;
    if (asks !== undefined) live.breath ??= this.#breathe(live);
    if (live.breath !== undefined) return;
    if (live.begun.size > 0) {
      const still = new Set(pending);
      this.#giveUp(
        live,
        [...live.begun.keys()].filter((command) => !still.has(command)),
      );
    }
    if (!live.hasTurn) return;
    const calls: CallCommand[] = [];
    for (const command of pending) {
      if (live.begun.has(command)) continue;
      live.begun.set(command, null);
      if (command.kind === "call") calls.push(command);
      else this.#waits.alarm(command, live.course.journal.trace);
    }
    if (calls.length > 0) void this.#callAll(live, calls);
    else this.#restIfIdle(live);
  }

  async #breathe(live: Carried): Promise<void> {
    try {
      await this.#waits.flushed();
    } catch (error) {
      this.#fail(live, error);
    } finally {
      live.breath = undefined;
    }
    if (live.over) return;
    outline(live.course.journal);
    this.#tell(live);
    // Time was not told to it meanwhile.
    this.elapse(live.course.journal.trace);
  }

  async #callAll(live: Carried, calls: readonly CallCommand[]): Promise<void> {
    const { world } = this.#waits;
    try {
      if (live.isLent) await this.#return(live);
      await world.ledger.flush();
    } catch (error) {
      this.#fail(live, error);
      return;
    }
    // Cancelled meanwhile: nobody asks the outside any more.
    for (const command of calls) if (live.begun.has(command)) void this.#call(live, command);
  }

  /** Settles when it has a place again. Where it ended meanwhile, that place is given back. */
  #return(live: Carried): Promise<void> {
    const { admission } = this.#waits;
    live.returning ??= admission.takeBack().then(() => {
      live.returning = undefined;
      if (live.over) admission.lend();
      else live.isLent = false;
    });
    return live.returning;
  }

  async #call(live: Carried, command: CallCommand): Promise<void> {
    const { world, clock } = this.#waits;
    const { trace } = live.course.journal;
    const giveUp = new AbortController();
    live.begun.set(command, giveUp);
    const answer = await callOutside({ ...world, clock }, command, { trace, giveUp });
    const breathed = this.breathed(trace);
    if (breathed !== undefined) await breathed;
    if (live.over || live.begun.get(command) !== giveUp) return;
    live.begun.delete(command);
    this.#tell(live, { kind: "answered", ...askedBy(command), answer });
  }

  #restIfIdle(live: Carried): void {
    const { pending } = live.standing;
    const breathes = live.breath !== undefined;
    if (!live.hasTurn || breathes || pending.some(({ kind }) => kind === "call")) return;
    void this.#rest(live).catch((error: unknown) => this.#fail(live, error));
  }

  /** It needs time or a signal, and nothing else: it gives up its place, or leaves memory. */
  async #rest(live: Carried): Promise<void> {
    const { world, admission, settled } = this.#waits;
    const { standing } = live;
    await world.ledger.flush();
    if (live.over || live.standing !== standing) return;
    const waits = waitsIn(standing);
    if (!this.#closing && this.#stays(live, waits)) {
      if (!live.isLent) admission.lend();
      live.isLent = true;
      return;
    }
    const { journal } = live.course;
    this.#leave(live);
    world.ledger.rest(journal.trace, true);
    world.state.sleep(journal.trace);
    live.settle(settled(journal, waits));
  }

  /** Whether a call is made again soon. */
  #stays({ course }: Live, waits: readonly WaitCommand[]): boolean {
    const { world, hold } = this.#waits;
    if (hold) return false;
    const { nowMs } = world.ledger;
    return waits.some(
      ({ node, until }) =>
        course.program.graph.nodes[node]?.kind === "external" &&
        Date.parse(until) - nowMs <= STAYS_MS,
    );
  }

  #fail(live: Carried, error: unknown): void {
    if (live.over) return;
    this.#leave(live);
    this.#giveUp(live, [...live.begun.keys()]);
    live.settle(Promise.reject(error));
  }

  #leave(live: Carried): void {
    live.over = true;
    if (live.isLent) this.#waits.admission.takeBackAtOnce();
    live.isLent = false;
    const { trace } = live.course.journal;
    const seat = this.#byTrace.get(trace);
    if (seat !== undefined) seat.live = undefined;
    this.#byTrace.delete(trace);
  }

  /** Nobody listens any more; the outside is told so when that is durable, or never will be. */
  #giveUp(live: Carried, commands: readonly PendingCommand[]): void {
    const given = commands.flatMap((command) => live.begun.get(command) ?? []);
    for (const command of commands) live.begun.delete(command);
    if (given.length === 0) return;
    const abort = () => {
      for (const one of given) one.abort();
    };
    void this.#waits.world.ledger.flush().then(abort, abort);
  }
}

/** What it waits for beside the outside. */
export function waitsIn({ pending }: Standing): readonly WaitCommand[] {
  return pending.filter((command) => command.kind === "wait");
}

/** A graph of an older compiler may have none. */
export function requireWayOut({ workflow, nodes }: Graph): void {
  if (nodes.some((node) => node.kind === "exit" && node.cancel === true)) return;
  const message = `\`${workflow}\` was sealed without a way out for what is cancelled`;
  throw new Refusal("acceptance", "cancel/no-way-out", message, {
    hint: "Such an execution runs to its end; what is compiled now can be cancelled.",
  });
}

/** What it did is being undone: it ends when that is over, and not before. */
function requireNotUndoing(isCancellable: boolean, trace: string): void {
  if (!isCancellable) throw undoingAlready(trace);
}

export function undoingAlready(trace: string): Refusal {
  const message = `what \`${trace}\` did is being undone already`;
  return new Refusal("acceptance", "cancel/undoing", message, {
    hint: `It ends when that is over: \`pgs saga show ${trace}\` tells how far it is.`,
  });
}

/** Half of what a step writes stands in memory when it fails: none of it may reach the disk. */
export function whole<T>(ledger: Ledger, work: () => T): T {
  try {
    return work();
  } catch (error) {
    ledger.stop(error);
    throw error;
  }
}
