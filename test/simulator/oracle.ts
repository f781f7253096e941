/**
 * What must hold, whatever happened: every answer that was given stands, every effect was applied
 * once and in the ledger's order, the stored state is the fold, every trace verifies and replays, and
 * no key and no call that must not be repeated was. It only looks; it repairs nothing.
 */
import { createHash } from "node:crypto";
import { isObject, type Json } from "../../protocol/language/json.ts";
import { type LedgerRecord, type OpenedBody, snapshotOf } from "../../protocol/language/records.ts";
import type { Answer, WaitingAnswer } from "../../runtime/answer.ts";
import { type Divergence, replayInFull } from "../../runtime/evidence/full-replay.ts";
import { programOf } from "../../runtime/json-schema.ts";
import type { Files } from "../../runtime/ports.ts";
import { openVault } from "../../runtime/sealing/vault.ts";
import { Audit, Told } from "./audit.ts";
import { checkCalls } from "./calls.ts";
import type { Disk } from "./disk.ts";
import { Failure } from "./failure.ts";
import { Keys } from "./keys.ts";
import { LedgerView, type Segments, segmentsOf } from "./ledger-view.ts";
import { Model, sorted } from "./model.ts";
import { Moves } from "./moves.ts";
import type { Outside } from "./outside.ts";
import { Post } from "./post.ts";
import { implementations, snapshotWith } from "./protocol.ts";
import type { Stored } from "./stored.ts";
import type { Asking } from "./workload.ts";

export const DATA_ROOT = "/disk/data";
const LEDGER = `${DATA_ROOT}/ledger`;

export interface Judged {
  readonly disk: Disk;
  readonly stored: Stored;
  readonly outside: Pick<Outside, "arrivals" | "givenUp">;
}

/** How many records stood when it began, the highest epoch in them, and whether the power went since. */
interface Start {
  readonly n: number;
  readonly epoch: number;
  readonly cut: boolean;
}

/**
 * What a former writer had taken back for lack of room may stand again behind a power cut, as long as
 * nothing of this start was flushed: then it is as if there had been no such start.
 */
function leftNothing({ n, epoch, cut }: Start, records: readonly LedgerRecord[]): boolean {
  if (!cut) return false;
  const next = records.find((record) => record.n > n && "epoch" in record);
  return next !== undefined && "epoch" in next && next.epoch <= epoch;
}

/** What was answered, on whose behalf it was asked for, and when. */
export interface Asked extends Asking {
  /** Answers that had been given when it was asked. */
  readonly before: number;
}

export class Oracle {
  /** What was told beside answers. */
  readonly told = new Told();
  readonly keys = new Keys();
  readonly #judged: Judged;
  readonly #view = new LedgerView();
  readonly #answers = new Map<string, Answer>();
  /** Of each of them, in the same order: how many had been given when it was asked for. */
  readonly #before: number[] = [];
  /** What was asked, and the trace that answered it. */
  readonly #asked: {
    readonly trace: string;
    readonly tenant: string;
    readonly payload: Json;
  }[] = [];
  #starts: Start[] = [];
  readonly #projected = new Map<string, string>();
  /** Last records of traces that were replayed: as they stand, they stand. */
  readonly #replayed = new Set<LedgerRecord>();

  constructor(judged: Judged) {
    this.#judged = judged;
  }

  /** Somebody was given this answer: from now on it must stand. */
  answered(answer: Answer, asked: Asked): void {
    const { work, before, tenant, workflow, forged = false } = asked;
    if (forged) throw new Failure(`${answer.trace_id} ran for one who has no session`);
    if (answer.workflow !== workflow) {
      throw new Failure(`${workflow} was answered with ${answer.workflow}`);
    }
    this.#asked.push({ trace: answer.trace_id, tenant, payload: work.payload as Json });
    const first = this.#answers.get(answer.trace_id);
    if (first !== undefined && first.fingerprint !== answer.fingerprint) {
      throw new Failure(`trace ${answer.trace_id} was answered twice, and differently`);
    }
    if (first !== undefined && !answer.repeated) {
      throw new Failure(`trace ${answer.trace_id} was answered twice as if for the first time`);
    }
    if (first === undefined) this.#before.push(answer.repeated ? 0 : before);
    this.#answers.set(answer.trace_id, first ?? answer);
    this.keys.told(asked, answer.trace_id);
  }

  /** Somebody was told what it waits for: from now on that must stand. */
  waits({ trace_id, workflow, waiting }: WaitingAnswer, asked: Asked): void {
    if (asked.forged) throw new Failure(`${trace_id} waits for one who has no session`);
    if (workflow !== asked.workflow) throw new Failure(`${asked.workflow} waits as ${workflow}`);
    const { tenant, work } = asked;
    this.#asked.push({ trace: trace_id, tenant, payload: work.payload as Json });
    this.told.waiting.set(
      trace_id,
      waiting.map(({ node }) => node),
    );
    this.keys.told(asked, trace_id);
  }

  /** True while something in the ledger has not come to its end. */
  get open(): boolean {
    const begun = new Set<string>();
    for (const { type, trace } of this.#view.read(this.segments)) {
      if (type === "opened") begun.add(trace);
      else if (type === "closed") begun.delete(trace);
    }
    return begun.size > 0;
  }

  /** How many answers were given. */
  get given(): number {
    return this.#answers.size;
  }

  /** A start went through that found so many records: those who begin anything have a higher epoch. */
  started(records: readonly LedgerRecord[], stood: number): void {
    const before = records.slice(0, stood);
    const epochs = before.map((record) => ("epoch" in record ? record.epoch : 0));
    this.#starts.push({ n: stood, epoch: Math.max(0, ...epochs), cut: false });
  }

  powerCut(): void {
    this.#starts = this.#starts.map((start) => ({ ...start, cut: true }));
  }

  /** A projection became visible: its records must stand. */
  projected(trace: string, lines: Uint8Array): void {
    this.#projected.set(trace, Buffer.from(lines).toString("utf8"));
  }

  /** As they stand now, on the disk or not; of what is half written only what is whole. */
  get records(): readonly LedgerRecord[] {
    const whole = [...this.segments].map(
      ([name, bytes]) => [name, bytes.subarray(0, bytes.lastIndexOf("\n") + 1)] as const,
    );
    return this.#view.read(new Map(whole));
  }

  get segments(): Segments {
    return segmentsOf(this.#judged.disk, LEDGER);
  }

  /**
   * After a recovery, and at the end: the ledger as a whole, and everything that was promised. Where
   * something has failed by then, what is written already may be half written.
   */
  check(failed = false): readonly LedgerRecord[] {
    const records = failed ? this.records : this.#view.read(this.segments);
    const [model, audit, post, moves] = [new Model(), new Audit(), new Post(), new Moves()];
    for (const record of records) {
      for (const one of [model, audit, post, moves]) one.take(record);
    }
    audit.check(this.told);
    moves.check(this.told.moved);
    post.checkStored(this.#judged.stored.rows.delivered);
    this.#checkAnswers(records);
    this.#checkClaims(records);
    this.#checkCuts(records);
    checkCalls(records, this.#judged.outside);
    return records;
  }

  /** At the end of a run that came to rest: nothing is open, and the stored state is the fold. */
  checkAtRest(files: Files): void {
    const records = this.check();
    const post = new Post();
    for (const record of records) post.take(record);
    post.checkAtRest();
    for (const [trace, own] of groupedByTrace(records)) this.#checkTrace(files, trace, own);
    this.#checkState(records);
  }

  /** What recovery took away must be named by a record, and stand aside. */
  checkNothingVanished(before: Segments): void {
    const after = this.segments;
    const cuts = this.records.filter((record) => record.type === "cut");
    for (const [name, bytes] of before) {
      const now = after.get(name) ?? Buffer.alloc(0);
      if (now.subarray(0, bytes.length).equals(bytes)) continue;
      const named = cuts.some(({ segment, offset, bytes: length, aside }) => {
        const kept = this.#judged.disk.bytes(`${LEDGER}/${aside}`);
        return (
          segment === name &&
          offset + length === bytes.length &&
          now.subarray(0, offset).equals(bytes.subarray(0, offset)) &&
          kept?.equals(bytes.subarray(offset)) === true
        );
      });
      if (!named) throw new Failure(`bytes of ${name} are gone, and no record says where they are`);
    }
  }

  #checkAnswers(records: readonly LedgerRecord[]): void {
    const closed = new Map<string, LedgerRecord & { readonly type: "closed" }>();
    for (const record of records) if (record.type === "closed") closed.set(record.trace, record);
    for (const [trace, answer] of this.#answers) {
      const end = closed.get(trace);
      if (end === undefined) throw new Failure(`the answer of trace ${trace} does not stand`);
      const same =
        end.outcome === answer.outcome &&
        end.fingerprint === answer.fingerprint &&
        end.exit === answer.exit &&
        JSON.stringify(end.result) === JSON.stringify(answer.result);
      if (!same) throw new Failure(`the answer of trace ${trace} stands as another`);
    }
    const waited = new Set(
      records.filter(({ type }) => type === "timer" || type === "retry").map(({ trace }) => trace),
    );
    for (const trace of this.#projected.keys()) {
      if (!closed.has(trace) && !waited.has(trace))
        throw new Failure(`trace ${trace} was shown, and does not stand`);
    }
  }

  /** What records say of the writer that made them: its epoch, and what it knew to be flushed. */
  #checkClaims(records: readonly LedgerRecord[]): void {
    const ends = new Map<string, number>();
    const claims = new Map<string, number>();
    const opened = new Map<string, OpenedBody>();
    const starts = this.#starts.filter((start) => !leftNothing(start, records));
    for (const record of records) {
      if (record.type === "closed") ends.set(record.trace, record.n);
      if (!("epoch" in record)) continue;
      claims.set(record.trace, record.flushed);
      if (record.type === "opened") opened.set(record.trace, record);
      const start = starts.findLast(({ n }) => n < record.n);
      if (start !== undefined && record.epoch <= start.epoch) {
        throw new Failure(`record ${record.n} has the epoch ${record.epoch} of an earlier start`);
      }
    }
    for (const { trace, tenant, payload } of this.#asked) {
      const found = opened.get(trace);
      if (open(found?.payload) === open(payload) && found?.tenant === tenant) continue;
      throw new Failure(`trace ${trace} answers what was not asked`);
    }
    const known = [0];
    for (const trace of this.#answers.keys()) {
      known.push(Math.max(known.at(-1) ?? 0, ends.get(trace) ?? 0));
    }
    [...this.#answers.keys()].forEach((trace, at) => {
      const flushed = known[this.#before[at] ?? 0] ?? 0;
      if ((claims.get(trace) ?? 0) >= flushed) return;
      throw new Failure(`trace ${trace} does not say that ${flushed} records were flushed before`);
    });
  }

  #checkCuts(records: readonly LedgerRecord[]): void {
    for (const record of records) {
      if (record.type !== "cut") continue;
      const bytes = this.#judged.disk.bytes(`${LEDGER}/${record.aside}`);
      const found = bytes === undefined ? "" : createHash("sha256").update(bytes).digest("hex");
      if (found !== record.sha256 || bytes?.length !== record.bytes) {
        throw new Failure(`what record ${record.n} cut off does not stand aside`);
      }
    }
  }

  #checkTrace(files: Files, trace: string, records: readonly LedgerRecord[]): void {
    const [opened] = records;
    if (opened?.type !== "opened") return;
    const last = records.at(-1);
    if (last?.type !== "closed") throw new Failure(`trace ${trace} did not end`);
    if (this.#replayed.has(last)) return;
    this.#replayed.add(last);
    const diverged = this.#replay(files, records);
    if (diverged !== undefined) throw new Failure(`trace ${trace}: ${JSON.stringify(diverged)}`);
  }

  #replay(files: Files, records: readonly LedgerRecord[]): Divergence | undefined {
    const [opened] = records;
    if (opened?.type !== "opened") return undefined;
    return replayInFull({
      records,
      program: programOf(snapshotWith(snapshotOf(records) ?? "").graph(opened.workflow)),
      capabilities: implementations(() => Promise.reject(new Error("a replay calls nobody"))),
      vault: openVault(DATA_ROOT, files),
    });
  }

  #checkState(records: readonly LedgerRecord[]): void {
    const model = new Model();
    for (const record of records) model.take(record);
    const { rows } = this.#judged.stored;
    compare("registry", model.registry, rows.registry);
    compare("documents", model.documents, rows.documents);
    compare("streams", model.streams, rows.streams);
    compare("keys", model.keys, rows.keys);
    const executions = new Map(
      [...rows.executions].map(
        ([trace, { first, idempotency_key, outcome, fingerprint, last }]) => [
          trace,
          {
            first,
            key: idempotency_key,
            closed: last === null ? null : { outcome, fingerprint, last },
          },
        ],
      ),
    );
    compare("executions", model.executions, executions);
    if (rows.waits.size > 0) throw new Failure("what has ended waits in the state");
    this.#checkGoverned(records);
  }

  /** What the state holds of sessions, refusals and starts. */
  #checkGoverned(records: readonly LedgerRecord[]): void {
    const audit = new Audit();
    for (const record of records) audit.take(record);
    const { rows } = this.#judged.stored;
    const of = <T>(map: ReadonlyMap<string, T>, as: (one: T) => unknown) =>
      new Map([...map].map(([name, one]) => [name, as(one)]));
    compare(
      "sessions",
      audit.sessions,
      of(rows.sessions, ({ ended_at }) => ({ ended: ended_at !== null })),
    );
    compare(
      "refusals",
      audit.refusals,
      of(rows.refusals, ({ code }) => code),
    );
    if (rows.boot?.epoch !== audit.lastBoot) {
      throw new Failure(`the stored boot: ${rows.boot?.epoch}, not ${audit.lastBoot}`);
    }
  }
}

/** A payload's text, but for what stands sealed in a record. */
function open(payload: Json | undefined): string {
  const shown = isObject(payload) && "seed" in payload ? { ...payload, seed: null } : payload;
  return JSON.stringify(sorted(shown ?? null));
}

function groupedByTrace(
  records: readonly LedgerRecord[],
): ReadonlyMap<string, readonly LedgerRecord[]> {
  const traces = new Map<string, LedgerRecord[]>();
  for (const record of records) {
    const own = traces.get(record.trace);
    if (own === undefined) traces.set(record.trace, [record]);
    else own.push(record);
  }
  return traces;
}

function compare(
  what: string,
  meant: ReadonlyMap<string, unknown>,
  found: ReadonlyMap<string, unknown>,
): void {
  const text = (map: ReadonlyMap<string, unknown>) =>
    [...map].map(([key, value]) => `${key} ${JSON.stringify(sorted(value as never))}`).sort();
  const left = text(meant);
  const right = text(found);
  const at = left.findIndex((line, index) => line !== right[index]);
  if (at < 0 && left.length === right.length) return;
  throw new Failure(`the stored ${what}: ${right[Math.max(at, 0)]}, not ${left[Math.max(at, 0)]}`);
}
