/**
 * Executions that left memory because all that they need is time or a signal: each is brought back
 * from its records, where they stand, when one of these comes, told it, and goes on. What nobody can
 * go on with now stays as it was.
 */
import { invariant } from "../protocol/language/invariant.ts";
import type { Admission } from "./admission.ts";
import { Alarms } from "./alarms.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import type { AtHand } from "./at-hand.ts";
import type { Journal, World } from "./execution.ts";
import type { CheckedProgram } from "./json-schema.ts";
import { type Promised, promised } from "./ledger/group-commit.ts";
import type { WaitCommand } from "./machine/program.ts";
import { askedBy } from "./playback.ts";
import type { Clock, Files, RecordPlace, Store, WaitRow } from "./ports.ts";
import { isNotAtHand, openedIn, pickUp, snapshotIn } from "./reopen.ts";
import type { Woken } from "./runtime-options.ts";
import type { Listening, Signalling, Telling } from "./signalling-seam.ts";
import { readJournal } from "./unfinished.ts";
import { type Live, type Waiting, waitsIn } from "./waiting.ts";

export interface SleepersOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly store: Store;
  readonly world: World;
  readonly atHand: AtHand;
  readonly admission: Admission;
  readonly waiting: Waiting;
  /** Whether the lines of records are needed. */
  readonly lines: boolean;
  readonly woken: (woken: Woken) => void;
  /** Told what went wrong with one that nobody waits for. */
  readonly unheard: (error: unknown) => void;
}

/** One that was read and still sleeps. */
export interface Asleep {
  readonly journal: Journal;
  /** Makes the ledger's writer go on behind it; false where it does not sleep any more. */
  readonly take: () => boolean;
}

export class Sleepers implements Signalling {
  readonly #options: SleepersOptions;
  readonly #alarms: Alarms;
  /** What settles when one that was woken has come to its end, or waits again. */
  readonly #going = new Set<Promise<void>>();
  /** Those that are written to as they sleep, until they are given back. */
  readonly #taken = new Map<string, Promised>();
  /** Those that are being brought back. */
  readonly #coming = new Map<string, Promise<Live | undefined>>();
  /** Those that were brought back for somebody who has not come yet; called, they go on. */
  readonly #held = new Map<Live, () => void>();

  constructor(options: SleepersOptions) {
    this.#options = options;
    const { ledger } = options.world;
    this.#alarms = new Alarms({
      clock: options.clock,
      time: ledger,
      ring: (one) => this.#ring(one),
      after: (time, few) => options.world.state.waitsAfter(time, few),
    });
  }

  /** From now on what is due is gone on with: what a former writer left comes first. */
  begin(): void {
    this.#alarms.begin();
  }

  /** Nothing is woken any more. */
  stop(): void {
    this.#alarms.stop();
  }

  /** Settles when all that is due has come to its end, or waits again. */
  async quiet(): Promise<void> {
    do {
      await this.#alarms.quiet();
      await Promise.all(this.#going);
    } while (this.#going.size > 0);
  }

  alarm({ until }: WaitCommand, trace: string): void {
    this.#alarms.add(Date.parse(until), trace);
  }

  waitsOf(trace: string): readonly WaitRow[] {
    return this.#options.world.state.waitsOf(trace);
  }

  async tell(
    trace: string,
    decide: (listening: Listening) => Telling,
  ): Promise<Answer | WaitingAnswer | undefined> {
    const { waiting, world } = this.#options;
    const tellAtOnce = (one: Live, program: CheckedProgram) => {
      const { journal } = one.course;
      const { execution } = one.standing;
      const waits = waitsIn(one.standing);
      const { records } = journal;
      const opened = openedIn(journal);
      const { wait, order } = decide({ program, execution, opened, records, waits });
      invariant(waits.includes(wait), "it is told what it waits for");
      waiting.tell(one, { kind: "signalled", ...askedBy(wait), order });
    };
    // Said in time, it is written down in time: no record may say otherwise.
    const live = await this.#awake(trace, (one, program) =>
      world.ledger.atOnce(() => tellAtOnce(one, program)),
    );
    return live?.answer;
  }

  /** Takes one that sleeps to write to it; undefined where none of that trace does. */
  take(trace: string): Journal | undefined {
    const asleep = this.look(trace);
    if (asleep?.take() !== true) return undefined;
    this.#taken.set(trace, promised());
    return asleep.journal;
  }

  /** Settles when who writes to one that sleeps has given it back; undefined where nobody does. */
  givenBack(trace: string): Promise<void> | undefined {
    return this.#taken.get(trace)?.promise;
  }

  /** It sleeps again, all that was written durable. */
  giveBack(trace: string): void {
    const taken = this.#taken.get(trace);
    if (taken === undefined) return;
    this.#taken.delete(trace);
    this.#sleepAgain(trace);
    taken.resolve();
    // What rang meanwhile was not heard.
    for (const { until } of this.waitsOf(trace)) this.#alarms.add(Date.parse(until), trace);
  }

  #sleepAgain(trace: string): void {
    const { world } = this.#options;
    world.ledger.rest(trace, true);
    world.state.sleep(trace);
  }

  /** One that sleeps, as its records say it; undefined where none of that trace does. */
  look(trace: string): Asleep | undefined {
    const places = this.#placesOf(trace);
    if (places.length === 0) return undefined;
    const { journal, adopt } = this.#read(trace, places);
    return {
      journal,
      take: () => {
        const isSame = this.#placesOf(trace).length === places.length;
        if (isSame) adopt();
        return isSame;
      },
    };
  }

  /** What is in memory is told at once; nothing has to be done for what is over. */
  #ring(trace: string): (() => Promise<void>) | undefined {
    const { waiting, world } = this.#options;
    if (waiting.get(trace) !== undefined) {
      waiting.elapse(trace);
      return undefined;
    }
    const isDue = this.waitsOf(trace).some(({ until }) => Date.parse(until) <= world.ledger.nowMs);
    return isDue ? () => this.#wake(trace) : undefined;
  }

  /** Settles when it is in memory, and told. Nothing that is thrown is lost, or stops another. */
  async #wake(trace: string): Promise<void> {
    const { waiting } = this.#options;
    try {
      const live = await this.#awake(trace, () => waiting.elapse(trace));
      if (live !== undefined) this.#go(trace, live);
    } catch (error) {
      this.#notWoken(trace, error);
    }
  }

  #go(trace: string, { answer }: Live): void {
    const { woken } = this.#options;
    const going = answer
      .then((told) => woken({ trace, answer: told }))
      .catch((error: unknown) => this.#notWoken(trace, error))
      .finally(() => void this.#going.delete(going));
    this.#going.add(going);
  }

  #notWoken(trace: string, error: unknown): void {
    const { woken, unheard } = this.#options;
    if (isNotAtHand(error)) {
      const { code, message } = error;
      woken({ trace, stuck: { trace, code, message } });
    } else {
      unheard(error);
    }
  }

  /**
   * Does something with it as soon as it is in memory, before it goes on or sleeps again; undefined
   * where it is not there and does not sleep.
   */
  async #awake(
    trace: string,
    act: (live: Live, program: CheckedProgram) => void,
  ): Promise<Live | undefined> {
    const { waiting } = this.#options;
    for (;;) {
      await this.#taken.get(trace)?.promise;
      const live = waiting.get(trace) ?? (await this.#bring(trace));
      if (live === undefined) {
        // It was written to as it slept, and sleeps on.
        if (this.#taken.has(trace) || this.#placesOf(trace).length > 0) continue;
        return undefined;
      }
      const program = await this.#programOf(live.course.journal);
      // It may have gone on meanwhile, and sleep again.
      if (waiting.get(trace) !== live) continue;
      const breathed = waiting.breathed(trace);
      if (breathed !== undefined) {
        await breathed;
        continue;
      }
      try {
        act(live, program);
      } finally {
        this.#held.get(live)?.();
        this.#held.delete(live);
      }
      return live;
    }
  }

  async #bring(trace: string): Promise<Live | undefined> {
    const coming = this.#coming.get(trace) ?? this.#bringBack(trace);
    this.#coming.set(trace, coming);
    try {
      return await coming;
    } finally {
      this.#coming.delete(trace);
    }
  }

  /** Gives it a place of its own, for as long as it is in memory, whoever brought it there. */
  async #bringBack(trace: string): Promise<Live | undefined> {
    const { admission } = this.#options;
    await admission.reenter();
    let live: Live | undefined;
    try {
      live = await this.#broughtBack(trace);
    } finally {
      if (live === undefined) admission.leave();
    }
    const leave = () => admission.leave();
    live?.answer.then(leave, leave);
    return live;
  }

  async #broughtBack(trace: string): Promise<Live | undefined> {
    const { world, waiting } = this.#options;
    const places = this.#placesOf(trace);
    if (places.length === 0) return undefined;
    const { journal, adopt } = this.#read(trace, places);
    const program = await this.#programOf(journal);
    // Somebody else may have been faster while its graph was opened.
    if (this.#placesOf(trace).length !== places.length) return undefined;
    const recorded = journal.records.length;
    adopt();
    try {
      const reopened = pickUp(world, journal, { program });
      invariant(reopened.kind === "waiting", "what sleeps needs an answer to go on");
      let letGo = () => {};
      const turn = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const live = waiting.enter(reopened.course, reopened.standing, turn);
      this.#held.set(live, letGo);
      return live;
    } catch (error) {
      if (journal.records.length === recorded) this.#sleepAgain(trace);
      throw error;
    }
  }

  #programOf(journal: Journal): Promise<CheckedProgram> {
    const { atHand } = this.#options;
    return atHand.programs(snapshotIn(journal)).find(openedIn(journal).workflow);
  }

  /** Those of one that sleeps, in order; none of any other. */
  #placesOf(trace: string): readonly RecordPlace[] {
    const { world, store } = this.#options;
    // That one woke, and how it ended, may not be stored yet.
    if (world.state.execution(trace)?.last !== null) return [];
    return world.ledger.restingOf(trace) ?? store.asleep(trace);
  }

  #read(
    trace: string,
    places: readonly RecordPlace[],
  ): { readonly journal: Journal; readonly adopt: () => void } {
    const { world } = this.#options;
    const { journal, head } = readJournal(this.#options, { trace, places });
    const adopt = () => {
      if (world.ledger.restingOf(trace) === undefined) world.ledger.adopt(trace, head, places);
      else world.ledger.rest(trace, false);
      world.state.wake(trace);
    };
    return { journal, adopt };
  }
}
