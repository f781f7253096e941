/**
 * `pgs run --batch`: a file of payloads through one runtime, so many at a time, in flat memory. It
 * reads no further than there are places for lines, and prints no further than its reader reads. A
 * line that is refused is told and left; what concerns all lines breaks the batch off, and where
 * nobody reads any more nothing is begun.
 */
import { setImmediate as othersGo, setTimeout as sleep } from "node:timers/promises";
import { LIMITS } from "../../protocol/language/limits.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { type Answer, isWaiting, type WaitingAnswer } from "../../runtime/index.ts";
import type { Engine } from "../engine.ts";
import type { Io } from "../io.ts";
import { count } from "../print.ts";
import { type Progress, progressOn } from "../progress.ts";
import { type Unwritten, unlessTracesFailed } from "../projections.ts";
import type { AskedBatch } from "../run-options.ts";
import { closeTelling } from "../waiting-calls.ts";
import { type Line, lineSplitter } from "./lines.ts";
import { type Closing, JSON_REPORT, type Report, textReport } from "./report.ts";
import { Slots } from "./slots.ts";
import { openSource, type Source, sourceFailure } from "./source.ts";
import { Tally } from "./tally.ts";

export interface BatchPlace {
  readonly io: Io;
  readonly open: () => Promise<Engine>;
  readonly recoveryText: (engine: Engine, io: Io) => string;
  readonly recoveryMember: (engine: Engine) => object;
  readonly unwrittenText: (unwritten: readonly Unwritten[], io: Io) => string;
  /** Delivers what the lines caused, up to a bound; what is left is told in what it gives. */
  readonly delivered: (engine: Engine, io: Io) => Promise<string>;
}

/** Gives the exit code; throws what broke the batch off, once everything was told. */
export async function runBatch(asked: AskedBatch, place: BatchPlace): Promise<number> {
  const { io, open, recoveryText, recoveryMember, unwrittenText, delivered } = place;
  const source = openSource(asked.batch, io);
  try {
    const engine = await open();
    io.err(recoveryText(engine, io));
    const batch = new Batch(asked, { io, engine, source });
    const close = () => closeTelling(engine, io);
    const state = await carriedOut(batch, close, async () => {
      io.err(await delivered(engine, io));
    });
    const { first, count: unwritten } = engine.projections.unwritten();
    io.err(unwrittenText(state === undefined ? first : [...first, state], io));
    await batch.close({ unwritten, ...recoveryMember(engine) });
    if (batch.tally.brokenBy !== undefined) throw batch.tally.brokenBy;
    return unlessTracesFailed(batch.tally.exitCode(), asked, first);
  } finally {
    source.stream.destroy();
  }
}

/** Closes the runtime whatever happens; gives what could not be stored of the state. */
async function carriedOut(
  batch: Batch,
  close: () => Promise<Unwritten | undefined>,
  deliver: () => Promise<void>,
): Promise<Unwritten | undefined> {
  try {
    await batch.run();
    const { stoppedBy, brokenBy } = batch.tally;
    if (stoppedBy === undefined && brokenBy === undefined) await deliver();
  } catch (error) {
    await close();
    throw error;
  }
  return close();
}

/** While the disk is full, it is looked at again after so long. */
const ROOM_POLL_MS = 250;
const LEDGER_FULL = "ledger/no-room";

/** After so long, whatever else there is gets its turn. */
const TURN_MS = 10;

interface BatchWorld {
  readonly io: Io;
  readonly engine: Engine;
  readonly source: Source;
}

class Batch {
  readonly tally = new Tally();
  readonly #asked: AskedBatch;
  readonly #io: Io;
  readonly #engine: Engine;
  readonly #source: Source;
  readonly #slots: Slots;
  readonly #report: Report;
  readonly #progress: Progress<[]>;
  #bytesRead = 0;
  #begunMs = 0;
  #seconds = 0;
  /** Every line was taken. */
  #isWhole = false;
  /** Whether it was told that the disk is full. */
  #isTold = false;

  constructor(asked: AskedBatch, { io, engine, source }: BatchWorld) {
    this.#asked = asked;
    this.#io = io;
    this.#engine = engine;
    this.#source = source;
    this.#slots = new Slots(asked.concurrency);
    this.#report = asked.json ? JSON_REPORT : textReport(io);
    // Where the results scroll by on the same terminal, they are the progress.
    this.#progress = progressOn({ err: io.err, watched: io.watched && !io.outWatched }, () =>
      this.#progressText(),
    );
  }

  async run(): Promise<void> {
    const takeBack = this.#io.onStop((signal) => {
      this.tally.stoppedBy = signal;
      this.#source.stream.destroy();
      const { runtime } = this.#engine;
      const runs = runtime.noRoom ? "waits for room is given up" : "runs comes to its end";
      this.#io.err(`${signal}: what ${runs}; once more ends the process at once\n`);
      runtime.giveUpWaiting();
    });
    this.#begunMs = performance.now();
    // While all that was taken waits for room, nobody else would notice.
    const looking = setInterval(() => {
      this.#lookAtOutput();
      const { runtime } = this.#engine;
      // Who was told to stop does not wait for room, also where it is found missing only now.
      if (this.#over) runtime.giveUpWaiting();
      if (runtime.noRoom) this.#tellNoRoom();
      else this.#isTold = false;
    }, ROOM_POLL_MS);
    try {
      await this.#takeLines();
      await this.#slots.idle();
    } finally {
      clearInterval(looking);
      takeBack();
      this.#progress.end();
      this.#seconds = Math.round(performance.now() - this.#begunMs) / 1_000;
    }
  }

  /** Where standard output takes no more, how far the batch got is said to the one who watches. */
  async close(found: Omit<Closing, "seconds">): Promise<void> {
    const { out, err, outEnd, paintErr: paint } = this.#io;
    const closing = { seconds: this.#seconds, ...found };
    out(this.#report.summary(this.tally, closing));
    await othersGo();
    const end = outEnd();
    if (end === undefined) return;
    err(textReport({ paint }).summary(this.tally, closing));
    if (end instanceof Refusal) this.#breakOff(end);
  }

  async #takeLines(): Promise<void> {
    const splitter = lineSplitter(LIMITS.payloadBytesMax);
    try {
      for await (const chunk of this.#source.stream) {
        this.#bytesRead += chunk.length;
        if (!(await this.#beginAll(splitter.take(chunk)))) return;
      }
    } catch (error) {
      // A stream that is closed while it is read complains.
      if (!this.#over) this.#breakOff(sourceFailure(error));
      return;
    }
    if (!this.#over) this.#isWhole = await this.#beginAll(splitter.end());
  }

  /** What nobody can be told of is not begun. */
  #lookAtOutput(): void {
    const end = this.#io.outEnd();
    if (end === undefined || this.#isWhole) return;
    if (end instanceof Refusal) this.#breakOff(end);
    this.tally.isUnread = true;
    this.#source.stream.destroy();
  }

  /** True once no more lines are to be taken. */
  get #over(): boolean {
    const { stoppedBy, brokenBy, isUnread } = this.tally;
    return isUnread || stoppedBy !== undefined || brokenBy !== undefined;
  }

  /** False when the batch was over before all of them had begun. */
  async #beginAll(lines: Iterable<Line>): Promise<boolean> {
    let turnMs = performance.now();
    for (const line of lines) {
      await this.#slots.take();
      await this.#engine.runtime.ready();
      await this.#room();
      await this.#io.drained();
      // Lines that are refused wait for nothing: signals would not be heard.
      if (performance.now() - turnMs > TURN_MS) {
        await othersGo();
        turnMs = performance.now();
      }
      this.#lookAtOutput();
      if (this.#over) {
        this.#slots.give();
        return false;
      }
      void this.#carryOut(line).finally(() => this.#slots.give());
    }
    return true;
  }

  /** Never rejects: what goes wrong is told of the line, or breaks the batch off. */
  async #carryOut(line: Line): Promise<void> {
    try {
      const answer = await this.#submit(line);
      if (isWaiting(answer)) {
        this.tally.takeWaiting(answer);
        this.#io.out(this.#report.waits(line.number, answer));
      } else {
        this.tally.take(answer);
        this.#io.out(this.#report.ended(line.number, answer));
      }
    } catch (error) {
      this.#failed(line.number, error);
    }
    this.#progress.tell();
  }

  #failed(line: number, error: unknown): void {
    if (error instanceof Refusal && concernsLine(error)) {
      this.tally.refused += 1;
      this.#io.out(this.#report.refused(line, error));
      return;
    }
    const isGivenUp = this.tally.stoppedBy !== undefined && isNoRoom(error);
    if (!isGivenUp) this.#breakOff(error);
    if (!(error instanceof Refusal) || error.family === "acceptance") return;
    this.tally.unanswered += 1;
    this.#io.out(this.#report.unanswered(line, error));
  }

  #breakOff(error: unknown): void {
    this.tally.brokenBy ??= error;
    this.#source.stream.destroy();
  }

  async #submit(line: Line): Promise<Answer | WaitingAnswer> {
    const { matter, session, idempotencyKey: name, roomWaitMs } = this.#asked;
    const { runtime } = this.#engine;
    const key = name === undefined ? {} : { idempotencyKey: `${name}/${line.number}` };
    const holder = session === undefined ? {} : { session };
    const work = { ...matter, ...holder, payload: payloadOf(line), ...key };
    for (let waitedMs = 0; ; waitedMs += ROOM_POLL_MS) {
      try {
        return await runtime.submit(work);
      } catch (error) {
        if (!isNoRoom(error) || this.#over || waitedMs >= roomWaitMs) throw error;
        // Once it has given up waiting, the ledger takes nothing any more.
        if (error.code === LEDGER_FULL && !runtime.noRoom) throw error;
        this.#tellNoRoom();
        await sleep(ROOM_POLL_MS);
      }
    }
  }

  /** The runtime takes nothing new while the disk is full; what it took comes to its end by itself. */
  async #room(): Promise<void> {
    while (this.#engine.runtime.noRoom && !this.#over) await sleep(ROOM_POLL_MS);
  }

  #tellNoRoom(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const forS = this.#asked.roomWaitMs / 1_000;
    const code = this.#io.paintErr.yellow(LEDGER_FULL);
    this.#io.err(
      `${code}: the disk is full; the batch goes on when there is room, within ${forS} s\n`,
    );
  }

  #progressText(): string {
    const { lines, refused } = this.tally;
    const { bytes } = this.#source;
    const seconds = (performance.now() - this.#begunMs) / 1_000;
    const parts = [
      ...(bytes ? [`${Math.floor((this.#bytesRead / bytes) * 100)} %`] : []),
      count(lines, "line"),
      ...(refused === 0 ? [] : [`${refused} refused`]),
      `${Math.round(lines / seconds).toLocaleString("en-US")} a second`,
    ];
    return parts.join(", ");
  }
}

function payloadOf({ bytes, length }: Line): Uint8Array {
  if (bytes === undefined) {
    const message = `expected at most ${LIMITS.payloadBytesMax} bytes, found ${length}`;
    throw new Refusal("acceptance", "payload/too-large", message);
  }
  if (length > 0) return bytes;
  throw new Refusal("acceptance", "batch/empty-line", "expected a payload, found an empty line", {
    hint: "Empty lines may stand at the end of a batch only.",
  });
}

function isNoRoom(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code.endsWith("/no-room");
}

/** What is wrong with one payload or its key, and says nothing of the other lines. */
function concernsLine({ family, code }: Refusal): boolean {
  if (code.startsWith("idempotency/")) return true;
  return family === "acceptance" && !/^(?:workflow|intent|session)\//.test(code);
}
