/**
 * The ledger's writer: the one order of all records of a data root, and group commit. Records are
 * gathered in memory and reach the disk in one write and one flush for all that wait; the next group
 * gathers while one is being flushed. A group's write begins only after the flush of the one before
 * returned, so that a record proves how much was on the disk when it was written.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { unsealedText } from "../../protocol/language/record-line.ts";
import { isLoneType, type LedgerRecord, type RecordBody } from "../../protocol/language/records.ts";
import type { Refusal } from "../../protocol/language/refusal.ts";
import type { Head } from "../evidence/chain.ts";
import type { Clock, Files, LedgerPosition, OpenTrace, RecordPlace } from "../ports.ts";
import { writeFailure } from "./failure.ts";
import { Gathered, type Part } from "./gathered.ts";
import { type Group, newGroup, Pace, promised, sizeOf } from "./group-commit.ts";
import { isFar } from "./marks.ts";
import { OpenTraces } from "./open-traces.ts";
import { recordAt } from "./record-at.ts";
import { SegmentWriter } from "./segment-writer.ts";

export interface LedgerOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly clock: Clock;
  /** Where the next record goes: the end of what recovery left. */
  readonly end: LedgerPosition;
  /** Of the record before; null where there is none. */
  readonly hash: Digest | null;
  /** The `at` of the record before, which no later one precedes. */
  readonly at: string;
  /** How long to wait for room on a full disk; not at all unless told. */
  readonly roomWaitMs?: number;
  /**
   * Brings to the disk what a group needs to stand there before it: the keys of what was sealed up
   * to now. Nothing, where all of them do; the failure, where there is no room. Asked for again then.
   */
  readonly settleKeys?: () => Promise<Refusal | undefined> | undefined;
  /** Where a segment is full; `LIMITS.segmentBytesMax` unless told. */
  readonly segmentBytesMax?: number;
}

/** Between two attempts at a write that found no room. */
const ROOM_POLL_MS = 250;

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #traces = new OpenTraces();
  readonly #gathered: Gathered;
  readonly #writer: SegmentWriter;
  readonly #pace: Pace;
  #marks: LedgerPosition[] = [];
  #marked: LedgerPosition | undefined;
  #waiting: Group | undefined;
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;
  #hash: Digest | null;
  #timeMs: number;
  #timeText: string;
  /** While something is done at one time. */
  #isStill = false;
  #waitedMs = 0;
  #noRoom = false;
  #giveUp: (() => void) | undefined;

  constructor(options: LedgerOptions) {
    const { end, at, segmentBytesMax = LIMITS.segmentBytesMax } = options;
    this.#options = options;
    this.#hash = options.hash;
    this.#gathered = new Gathered(end, segmentBytesMax);
    this.#pace = new Pace(options.clock);
    const written = (part: Part) => this.#written(part);
    this.#writer = new SegmentWriter({ ...options, written }, end);
    this.#timeMs = at === "" ? Number.NEGATIVE_INFINITY : Date.parse(at);
    this.#timeText = at;
  }

  /** The end of what is known to be on the disk. */
  get durable(): LedgerPosition {
    return this.#writer.durable;
  }

  /** Of the last record that is; null where there is none. */
  get hash(): Digest | null {
    return this.#hash;
  }

  /** True once nothing more can be written. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** True while a write waits for room: no new work should be begun. */
  get noRoom(): boolean {
    return this.#noRoom;
  }

  /** Flushes that were made; for measuring. */
  get flushes(): number {
    return this.#writer.flushes;
  }

  /** How far the clock stands behind the last record's time; 0 where it goes as clocks should. */
  get behindMs(): number {
    return Math.max(0, this.#timeMs - this.#options.clock.now());
  }

  /**
   * The traces that are open where the disk's part of the ledger ends, in the order of their first
   * records, with the places of the records up to there. One to which nothing was added since it was
   * last told is told as the same object.
   */
  open(): readonly OpenTrace[] {
    return this.#traces.upTo(this.durable.n);
  }

  /** Ends of groups that reached the disk since this was last asked, some way from each other. */
  takeMarks(): readonly LedgerPosition[] {
    const marks = this.#marks;
    this.#marks = [];
    return marks;
  }

  /** Takes up an open trace that recovery found. */
  adopt(trace: string, head: Head, places: readonly RecordPlace[]): void {
    this.#traces.adopt(trace, head, places);
  }

  /** Where the records of a trace stand that sleeps; none of one that is awake; undefined where it is not held. */
  restingOf(trace: string): readonly RecordPlace[] | undefined {
    return this.#traces.restingOf(trace);
  }

  /** Takes note that a trace needs nothing but time or a signal: all of it must be on the disk. */
  rest(trace: string, isAsleep: boolean): void {
    const tracked = this.#traces.get(trace);
    invariant(tracked?.ended === false, "only what is open falls asleep, or wakes");
    tracked.asleep = isAsleep;
  }

  /** Holds those no longer that still sleep: where their records stand is stored elsewhere. */
  letGo(traces: readonly OpenTrace[]): void {
    for (const one of traces) this.#traces.letGo(one);
  }

  /**
   * Puts a record at the end, in memory. It is durable once a flush asked for later is; its `prev` and
   * `hash` stand in it, and its line in `lines`, from when its group is about to be written.
   */
  append(trace: string, body: RecordBody, lines?: Uint8Array[]): LedgerRecord {
    if (this.#failure !== undefined) throw this.#failure;
    const gathered = this.#gathered;
    let open = this.#traces.get(trace);
    const lone = isLoneType(body.type);
    invariant(
      (open === undefined) === (lone || body.type === "opened"),
      "a trace opens once, first",
    );
    invariant(open?.ended !== true, "nothing follows the end of a trace");
    open ??= this.#traces.begin(trace);
    const before = gathered.n;
    const seq = open.seq + 1;
    const place = { n: before + 1, trace, seq, at: this.now(), prev: NO_DIGEST, hash: NO_DIGEST };
    const text = unsealedText(place, open.quoted, body);
    const record = recordAt(place, body);
    const bytes = gathered.put(text, { record, chain: open, lines });
    open.places.push(before, gathered.segment, gathered.offset - bytes, bytes);
    open.seq = seq;
    if (lone || body.type === "closed") {
      open.ended = true;
      gathered.end(trace);
    }
    return record;
  }

  /** The time of the next record; never before that of the last, whatever the clock does. */
  now(): string {
    if (this.#isStill) return this.#timeText;
    const ms = this.#options.clock.now();
    if (ms > this.#timeMs) {
      this.#timeMs = ms;
      this.#timeText = new Date(ms).toISOString();
    }
    return this.#timeText;
  }

  /**
   * Does something at one time, and at once: what is decided by the time is written down as of that
   * time, however long deciding took.
   */
  atOnce<T>(work: () => T): T {
    this.now();
    this.#isStill = true;
    try {
      return work();
    } finally {
      this.#isStill = false;
    }
  }

  /** The same in milliseconds. */
  get nowMs(): number {
    this.now();
    return this.#timeMs;
  }

  /** Settles when all that was appended so far is on the disk. Rejects for ever after a failure. */
  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#gathered.isEmpty) return this.#flushing ?? Promise.resolve();
    if (this.#waiting === undefined) {
      this.#waiting = newGroup();
      // At the latest when all who are ready now have joined.
      if (this.#flushing === undefined) setImmediate(() => this.#begin());
    }
    const group = this.#waiting;
    group.size += 1;
    this.#pace.joined();
    if (this.#flushing === undefined && this.#pace.isTime(group.size)) this.#begin();
    return group.done;
  }

  /** Does nothing once it has failed: what it holds in memory stands nowhere, and is not to be read. */
  unlessFailed<T>(work: () => Promise<T>): Promise<T> {
    return this.#failure === undefined ? work() : Promise.reject(this.#failure);
  }

  /** Nothing that is not on the disk yet ever will be: the process is at fault, and stops. */
  stop(error: unknown): void {
    this.#failure ??= writeFailure(error);
    this.#giveUp?.();
  }

  /** Who waits for room is refused at once, and the ledger stops. Nothing where nobody waits. */
  giveUp(): void {
    this.#giveUp?.();
  }

  /** Waits for what is being flushed, not for room, and closes the file. Nothing pending is written. */
  async close(): Promise<void> {
    this.#giveUp?.();
    await this.#flushing?.catch(() => {});
    this.#writer.close();
  }

  #begin(): void {
    if (this.#flushing === undefined && this.#waiting !== undefined) void this.#flushGroups();
  }

  async #flushGroups(): Promise<void> {
    for (let group = this.#waiting; group !== undefined; group = this.#next()) {
      this.#waiting = undefined;
      this.#flushing = group.done;
      this.#pace.begun();
      try {
        await this.#write();
        this.#pace.ended(group.size, sizeOf(this.#waiting));
        group.settle();
      } catch (error) {
        this.#fail(error, group);
      }
    }
    this.#flushing = undefined;
    if (this.#waiting !== undefined) setImmediate(() => this.#begin());
  }

  /** The group that is written now: the one that waits, unless it should grow first. */
  #next(): Group | undefined {
    const group = this.#waiting;
    return group !== undefined && this.#pace.isTime(group.size) ? group : undefined;
  }

  async #write(): Promise<void> {
    const parts = this.#gathered.take();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const full = await this.#attempt(parts);
      if (full === undefined) break;
      await this.#room(full);
    }
    this.#noRoom = false;
    this.#waitedMs = 0;
  }

  /** A key is on the disk before the first byte of what it sealed is written. */
  async #attempt(parts: Part[]): Promise<Refusal | undefined> {
    const settling = this.#options.settleKeys?.();
    const full = settling === undefined ? undefined : await settling;
    if (full !== undefined) return full;
    if (this.#failure !== undefined) throw this.#failure;
    const { isAlone, goesOnAlone } = this.#pace;
    return this.#writer.write(parts, { here: isAlone, ahead: goesOnAlone });
  }

  /** Settles when it is time to try again. */
  #room(full: Refusal): Promise<void> {
    const { clock, roomWaitMs = 0 } = this.#options;
    const ms = Math.min(ROOM_POLL_MS, roomWaitMs - this.#waitedMs);
    if (ms <= 0) {
      this.#writer.distrust();
      return Promise.reject(full);
    }
    this.#noRoom = true;
    this.#waitedMs += ms;
    const { promise, resolve, reject } = promised();
    const takeBack = clock.timer(ms, resolve);
    this.#giveUp = () => {
      takeBack();
      this.#writer.distrust();
      reject(this.#failure ?? full);
    };
    const over = () => {
      this.#giveUp = undefined;
    };
    promise.then(over, over);
    return promise;
  }

  #written(part: Part): void {
    this.#hash = part.hash;
    for (const trace of part.ended) this.#traces.forget(trace);
    if (isFar(this.#marked, part.end)) {
      this.#marked = part.end;
      this.#marks.push(part.end);
    }
    this.#gathered.release(part);
  }

  /** What was not flushed was never acknowledged, whatever of it the next start finds. */
  #fail(error: unknown, group: Group): void {
    const failure = this.#failure ?? writeFailure(error);
    this.#failure = failure;
    this.#noRoom = false;
    group.settle(failure);
    this.#waiting?.settle(failure);
    this.#waiting = undefined;
  }
}
