/**
 * Accepted work under way: the record that opens it, the machine driven as far as it goes, each call
 * to the outside when its attempt is durable, and the answer when all of it is. It takes nothing
 * that was not accepted, and answers nothing that a crash could take back.
 */
import { invariant } from "../protocol/language/invariant.ts";
import { snapshotOf } from "../protocol/language/records.ts";
import type { Accepted } from "./acceptance.ts";
import type { Admission } from "./admission.ts";
import { type Answer, answerOf, type WaitingAnswer, waitingAnswerOf } from "./answer.ts";
import { BEGINNING, type Standing } from "./driver.ts";
import {
  acceptedFact,
  advance,
  type Course,
  type Journal,
  liveHost,
  type World,
  write,
} from "./execution.ts";
import type { WaitCommand } from "./machine/program.ts";
import { type Opener, openedBody } from "./opening.ts";
import type { Clock } from "./ports.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { sealerOf, sealsAnything } from "./sealing/sealer.ts";
import type { Storing } from "./state/storing.ts";
import { Waiting, whole } from "./waiting.ts";

export interface RunningOptions {
  readonly world: World;
  readonly opener: Opener;
  readonly clock: Clock;
  readonly admission: Admission;
  /** Told when time is up for something that a trace waits for. */
  readonly alarm: (wait: WaitCommand, trace: string) => void;
  /** True where nothing is woken. */
  readonly hold: boolean;
  readonly storing: Storing;
  readonly onClosed: RuntimeOptions["onClosed"];
  /** Told of executions that have ended, or wait, once their records are durable. */
  readonly onEnded?: ((ended: readonly Journal[]) => void) | undefined;
}

export class Running {
  readonly #options: RunningOptions;
  readonly waiting: Waiting;
  /** Projections under way, by trace: they are made one after another. */
  readonly #projecting = new Map<string, Promise<void>>();

  constructor(options: RunningOptions) {
    this.#options = options;
    const settled = (journal: Journal, waits?: readonly WaitCommand[]) =>
      this.settle(journal, waits);
    const flushed = () => this.settleSome([]);
    this.waiting = new Waiting({ ...options, settled, flushed });
  }

  /** From the record that opens it to the answer. */
  async run(accepted: Accepted, trace: string): Promise<Answer | WaitingAnswer> {
    const journal = this.#journalOf(trace);
    const begun = this.#begin(accepted, journal);
    if (begun === undefined) return this.settle(journal);
    return this.waiting.enter(begun.course, begun.standing).answer;
  }

  /** The same of what calls nothing outside, in memory: durable with the next flush. */
  runInMemory(accepted: Accepted, trace: string): Journal {
    const journal = this.#journalOf(trace);
    const begun = this.#begin(accepted, journal);
    invariant(begun === undefined, "what runs in memory calls nothing outside");
    return journal;
  }

  /** Gives the answer of an execution at its end, or where it waits, when it is durable. */
  async settle(journal: Journal, waits?: readonly WaitCommand[]): Promise<Answer | WaitingAnswer> {
    await this.settleSome([journal]);
    if (waits === undefined) return answerOf(journal.records);
    return waitingAnswerOf(journal.records, waits);
  }

  /** What was written is made durable, projected, and then stored. */
  async settleSome(ended: readonly Journal[]): Promise<void> {
    await this.#options.world.ledger.flush();
    if (this.#options.onClosed !== undefined) {
      // All of them begin now: what is woken meanwhile comes behind.
      await Promise.all(ended.map((journal) => this.project(journal)));
    }
    this.#options.onEnded?.(ended);
    const lagging = this.#options.storing.some();
    if (lagging !== undefined) await lagging;
  }

  /** Hands over an execution that closed, or waits, its records durable. */
  async project(journal: Journal): Promise<void> {
    const { onClosed } = this.#options;
    if (onClosed === undefined) return;
    const { trace } = journal;
    const before = this.#projecting.get(trace);
    const projecting = before === undefined ? this.#project(journal) : this.#after(before, journal);
    this.#projecting.set(trace, projecting);
    try {
      await projecting;
    } finally {
      if (this.#projecting.get(trace) === projecting) this.#projecting.delete(trace);
    }
  }

  /** What went wrong with the one before is told to whoever waits for that. */
  async #after(before: Promise<void>, journal: Journal): Promise<void> {
    await before.catch(() => {});
    await this.#project(journal);
  }

  async #project({ trace, records, lines }: Journal): Promise<void> {
    const { onClosed } = this.#options;
    if (onClosed === undefined) return;
    const snapshot = snapshotOf(records);
    invariant(snapshot !== undefined, "a trace begins with the record that opens it");
    await onClosed({
      trace,
      records,
      // Not every one is written anywhere.
      get lines() {
        return Buffer.concat(lines);
      },
      snapshot,
    });
  }

  #journalOf(trace: string): Journal {
    return { trace, records: [], lines: [], lineless: this.#options.onClosed === undefined };
  }

  /** Opens an execution and takes it as far as it goes without waiting. */
  #begin(
    accepted: Accepted,
    journal: Journal,
  ): { readonly course: Course; readonly standing: Standing } | undefined {
    const { world, opener } = this.#options;
    const { program, payload, asker } = accepted;
    const sealer = sealerOf(world.vault, asker.tenant, journal.trace);
    // Before anything is written: a key that stands and cannot be used leaves nothing half done.
    if (sealsAnything(program.graph)) sealer.prepare();
    const sealed = sealer.seal(payload, program.graph.sealPayload, "payload");
    return whole(world.ledger, () => {
      const opened = openedBody(opener, world.ledger, { accepted, payload: sealed });
      const first = write(world, journal, opened);
      const course = { program, journal, host: liveHost(world, journal, opened) };
      const standing = advance(world, course, BEGINNING, acceptedFact(first, payload));
      return standing && { course, standing };
    });
  }
}
