/**
 * The ledger's writer: the one order of all records of a data root, and group commit. Records are
 * gathered in memory and reach the disk in one write and one flush for all that wait; the next group
 * gathers while one is being flushed. A flush that failed is final: it is never tried again.
 */
import { NO_DIGEST } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { writeLine } from "../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../protocol/language/records.ts";
import { type Head, headOf } from "../evidence/chain.ts";
import type { Clock, Files, LedgerPosition, OpenFile } from "../ports.ts";
import { writeFailure } from "./failure.ts";
import { ledgerFolder, segmentPath } from "./segments.ts";

export interface Appended {
  readonly record: LedgerRecord;
  readonly line: string;
}

/** A trace whose end is not on the disk yet: its head, and where its first record begins. */
interface OpenTrace {
  head: Head;
  readonly start: LedgerPosition;
}

/** Lines that go to one segment. */
interface Pending {
  readonly segment: number;
  readonly lines: string[];
}

/** Those who wait for the same flush. */
interface Group {
  readonly done: Promise<void>;
  readonly settle: (failure?: Error) => void;
}

export interface LedgerOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly clock: Clock;
  /** Where the next record goes: the end of what recovery left. */
  readonly end: LedgerPosition;
  /** The `at` of the record before, which no later one precedes. */
  readonly at: string;
  /** Where a segment is full; `LIMITS.segmentBytesMax` unless told. */
  readonly segmentBytesMax?: number;
}

export class Ledger {
  readonly #options: LedgerOptions;
  /** In the order of their first records. */
  readonly #traces = new Map<string, OpenTrace>();
  /** Those of them that have ended, in the order of their last records. */
  #ended: { readonly trace: string; readonly n: number }[] = [];
  #end: LedgerPosition;
  #durable: LedgerPosition;
  #pending: Pending[] = [];
  #file: { readonly segment: number; readonly open: OpenFile } | undefined;
  #waiting: Group | undefined;
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;
  #time: { ms: number; text: string };
  #flushes = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#end = options.end;
    this.#durable = options.end;
    this.#time = { ms: options.at === "" ? 0 : Date.parse(options.at), text: options.at };
  }

  /** The end of what is known to be on the disk. */
  get durable(): LedgerPosition {
    return this.#durable;
  }

  /** True once nothing more can be written. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Flushes that were made; for measuring. */
  get flushes(): number {
    return this.#flushes;
  }

  /** Before the first record of the oldest trace whose end is not on the disk. */
  get resume(): LedgerPosition {
    for (const { start } of this.#traces.values()) {
      return start.n < this.#durable.n ? start : this.#durable;
    }
    return this.#durable;
  }

  /** Takes up an open trace that recovery found. */
  adopt(trace: string, head: Head, start: LedgerPosition): void {
    this.#traces.set(trace, { head, start });
  }

  /** Puts a record at the end, in memory. It is durable once a flush asked for later is. */
  append(trace: string, body: RecordBody): Appended {
    if (this.#failure !== undefined) throw this.#failure;
    const open = this.#traces.get(trace);
    invariant((open === undefined) === (body.type === "opened"), "a trace opens once, first");
    invariant(open?.head.ended !== true, "nothing follows the end of a trace");
    const place = {
      n: this.#end.n + 1,
      trace,
      seq: (open?.head.seq ?? 0) + 1,
      at: this.now(),
      prev: open?.head.hash ?? NO_DIGEST,
    };
    const { line, hash } = writeLine(place, body);
    // Not by spreading: that costs a hundred times as much where bodies differ in shape.
    const record: LedgerRecord = Object.assign(place, { hash }, body);
    const start = this.#gather(line);
    if (open === undefined) this.#traces.set(trace, { head: headOf(record), start });
    else open.head = headOf(record);
    if (body.type === "closed") this.#ended.push({ trace, n: record.n });
    return { record, line };
  }

  /** The time of the next record; never before that of the last, whatever the clock does. */
  now(): string {
    const ms = this.#options.clock.now();
    if (ms > this.#time.ms) this.#time = { ms, text: new Date(ms).toISOString() };
    return this.#time.text;
  }

  /** Settles when all that was appended so far is on the disk. Rejects for ever after a failure. */
  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pending.length === 0) return this.#flushing ?? Promise.resolve();
    if (this.#waiting === undefined) {
      this.#waiting = newGroup();
      // Not at once: all who are ready now share the flush.
      if (this.#flushing === undefined) setImmediate(() => void this.#flushGroups());
    }
    return this.#waiting.done;
  }

  /** Nothing that is not on the disk yet ever will be: the process is at fault, and stops. */
  stop(error: unknown): void {
    this.#failure ??= writeFailure(error);
  }

  /** Waits for what is being flushed and closes the file. Nothing pending is written. */
  async close(): Promise<void> {
    await this.#flushing?.catch(() => {});
    this.#file?.open.close();
    this.#file = undefined;
  }

  /** Remembers a line for the next write; gives the place where it will stand. */
  #gather(line: string): LedgerPosition {
    const bytes = Buffer.byteLength(line);
    const { n, segment, offset } = this.#end;
    const { segmentBytesMax = LIMITS.segmentBytesMax } = this.#options;
    const full = offset > 0 && offset + bytes > segmentBytesMax;
    const start = full ? { n, segment: segment + 1, offset: 0 } : this.#end;
    const last = this.#pending.at(-1);
    if (last?.segment === start.segment) last.lines.push(line);
    else this.#pending.push({ segment: start.segment, lines: [line] });
    this.#end = { n: n + 1, segment: start.segment, offset: start.offset + bytes };
    return start;
  }

  async #flushGroups(): Promise<void> {
    while (this.#waiting !== undefined) {
      const group = this.#waiting;
      this.#waiting = undefined;
      this.#flushing = group.done;
      try {
        if (this.#failure !== undefined) throw this.#failure;
        await this.#write();
        group.settle();
      } catch (error) {
        this.#fail(error, group);
      }
    }
    this.#flushing = undefined;
  }

  async #write(): Promise<void> {
    const { n, segment, offset } = this.#end;
    const pending = this.#pending;
    this.#pending = [];
    for (const part of pending) {
      const file = this.#openSegment(part.segment);
      file.append(Buffer.from(part.lines.join("")));
      this.#flushes += 1;
      await file.flush();
    }
    this.#durable = { n, segment, offset };
    const later = this.#ended.findIndex((end) => end.n > n);
    const forgotten = this.#ended.splice(0, later < 0 ? this.#ended.length : later);
    for (const { trace } of forgotten) this.#traces.delete(trace);
  }

  #openSegment(segment: number): OpenFile {
    if (this.#file?.segment === segment) return this.#file.open;
    const { files, dataRoot } = this.#options;
    this.#file?.open.close();
    const path = segmentPath(dataRoot, segment);
    const isNew = files.standing(path) === undefined;
    this.#file = { segment, open: files.openAppend(path) };
    if (isNew) files.flushFolder(ledgerFolder(dataRoot));
    return this.#file.open;
  }

  /** What was not flushed was never acknowledged; what of it reached the file is cut back. */
  #fail(error: unknown, group: Group): void {
    const failure = writeFailure(error);
    this.#failure = failure;
    if (this.#file?.segment === this.#durable.segment) {
      try {
        this.#file.open.truncate(this.#durable.offset);
      } catch {
        // The disk refuses this too. The next start finds a torn tail and cuts it.
      }
    }
    group.settle(failure);
    this.#waiting?.settle(failure);
    this.#waiting = undefined;
  }
}

function newGroup(): Group {
  let settle: Group["settle"] = () => {};
  const done = new Promise<void>((resolve, reject) => {
    settle = (failure) => (failure === undefined ? resolve() : reject(failure));
  });
  // Whoever waits hears of a failure; a group that nobody waits for is no fault of its own.
  done.catch(() => {});
  return { done, settle };
}
