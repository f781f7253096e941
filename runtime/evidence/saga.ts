/**
 * What an execution did to the world, what of it was undone, what stands, and why: told of its records
 * alone, so that it can be told of a trace file on any machine. It calls nothing, and takes no
 * record's word for more than it says.
 */
import { type Json, member } from "../../protocol/language/json.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../protocol/language/names.ts";
import type {
  AttemptedBody,
  EffectBody,
  ExternalBody,
  LedgerRecord,
  NodeBody,
  Reason,
  RetryBody,
} from "../../protocol/language/records.ts";
import { callsOf } from "../traces/calls.ts";

/** `done`: nothing was to undo it. `undoing`: its compensation has begun, and not come to an end. */
export type Standing = "done" | "undoing" | "undone" | "stands";

/** Something that was done, in the order in which it was. */
export interface SagaStep {
  readonly seq: number;
  readonly node: string;
  /** `domain/store`, or the full name of a contract of calls to the outside. */
  readonly effect: string;
  readonly operation: string;
  /** Null of a call that was cut off before its answer: nobody knows whether it happened. */
  readonly outcome: string | null;
  readonly standing: Standing;
  /** Why it stands, or what its undoing waits for; null otherwise. */
  readonly why: string | null;
  /** How it was undone, or was tried to be; null where nothing tried. */
  readonly compensation: Compensation | null;
}

export interface Compensation {
  readonly node: string;
  /** How often it was asked of the outside; 1 for what the runtime keeps itself. */
  readonly attempts: number;
  /** The last one; null while there is none. */
  readonly outcome: string | null;
}

export interface Saga {
  readonly trace_id: string;
  readonly workflow: string;
  /**
   * `compensating`: something is being undone. `compensated`, `partly_compensated`: how the last
   * undoing went. `none`: nothing was ever undone.
   */
  readonly saga: "none" | "compensating" | "compensated" | "partly_compensated";
  /** With which the execution ended; null while it is open. */
  readonly outcome: string | null;
  /** True when it ended on its fault route; null while it is open. */
  readonly fault: boolean | null;
  readonly steps: readonly SagaStep[];
  readonly compensated: readonly string[];
  readonly stands: readonly string[];
}

/** What was done, or of a call that was cut off, the last record about it. */
type Doing = LedgerRecord & (EffectBody | ExternalBody | AttemptedBody | RetryBody);

/** Operations of stores that leave everything as it was. */
const READING: ReadonlySet<string> = new Set(["RESOLVE", "READ", "GET"]);

/** Of a trace, `opened` first; undefined of what is no execution. */
export function sagaOf(records: readonly LedgerRecord[]): Saga | undefined {
  const [opened] = records;
  if (opened?.type !== "opened") return undefined;
  const told = records.flatMap(undoneIn);
  const tries = triesIn(records);
  const known = { told: lastTold(told), tries };
  const doing = [...records.filter(isDoing), ...cutOff(records, known)];
  const steps = doing.sort((a, b) => a.seq - b.seq).map((record) => stepOf(record, known));
  const closed = records.at(-1);
  const named = (standing: Standing) =>
    steps.filter((step) => step.standing === standing).map(({ node }) => node);
  return {
    trace_id: opened.trace,
    workflow: opened.workflow,
    saga: sagaStateOf(told, tries, records),
    outcome: closed?.type === "closed" ? closed.outcome : null,
    fault: closed?.type === "closed" ? closed.fault : null,
    steps,
    compensated: named("undone"),
    stands: named("stands"),
  };
}

function isDoing(record: LedgerRecord): record is LedgerRecord & (EffectBody | ExternalBody) {
  if (record.type !== "effect" && record.type !== "external") return false;
  if (record.compensates !== undefined) return false;
  return record.type === "external" || !READING.has(record.operation);
}

/** Calls that nobody waits for any more; of those that are under way nothing is told yet. */
function cutOff(records: readonly LedgerRecord[], { told, tries }: Known): readonly Doing[] {
  const cancelled = records.find(({ type }) => type === "cancelled");
  return callsOf(records).flatMap(({ node, last }) => {
    if (last.type === "external" || node.endsWith(COMPENSATION)) return [];
    const isBegun = last.type === "attempted" && last.seq < (cancelled?.seq ?? 0);
    return isBegun || told.has(node) || tries.has(node) ? [last] : [];
  });
}

/** What an `undo` node gave: the nodes that it undid, and those that stand. */
interface Told {
  readonly seq: number;
  readonly partly: boolean;
  readonly compensated: readonly string[];
  readonly stands: readonly string[];
}

function undoneIn(record: LedgerRecord): readonly Told[] {
  if (record.type !== "node" || record.output === undefined) return [];
  const partly = record.outcome === PARTLY_COMPENSATED;
  if (!partly && record.outcome !== COMPENSATED) return [];
  const { seq, output } = record;
  const [compensated, stands] = ["compensated", "stands"].map((name) => namesIn(output, name));
  return [{ seq, partly, compensated: compensated ?? [], stands: stands ?? [] }];
}

function namesIn(output: Json, name: string): readonly string[] {
  const names = member(output, name);
  if (!Array.isArray(names)) return [];
  return names.filter((one) => typeof one === "string");
}

interface Try {
  readonly seq: number;
  readonly node: string;
  attempts: number;
  outcome: string | null;
  reason: Reason | undefined;
  /** Set while it waits to be made again. */
  until: string | undefined;
}

type Trying = LedgerRecord & (EffectBody | ExternalBody | AttemptedBody | RetryBody | NodeBody);

/** By the node whose effect is undone: what tried it last. */
function triesIn(records: readonly LedgerRecord[]): ReadonlyMap<string, Try> {
  const tries = new Map<string, Try>();
  for (const record of records) {
    const undone = undoneBy(record);
    if (undone === undefined) continue;
    const { seq, node } = record as Trying;
    const found = tries.get(undone) ?? newTry(seq, node);
    tries.set(undone, found);
    take(found, record as Trying);
  }
  return tries;
}

function newTry(seq: number, node: string): Try {
  return { seq, node, attempts: 0, outcome: null, reason: undefined, until: undefined };
}

/** The node whose effect a record is about to undo, or has. */
function undoneBy(record: LedgerRecord): string | undefined {
  if (record.type === "effect" || record.type === "external") return record.compensates;
  // A `node` record tells that what would have undone it could not be asked.
  const isAbout = ["attempted", "retry", "node"].includes(record.type);
  if (!isAbout || !("node" in record)) return undefined;
  const { node } = record;
  return node.endsWith(COMPENSATION) ? node.slice(0, -COMPENSATION.length) : undefined;
}

const COMPENSATION = "/compensate";

function take(found: Try, record: Trying): void {
  if (record.type === "attempted") {
    found.attempts = Math.max(found.attempts, record.attempt);
    found.until = undefined;
    found.outcome = null;
    return;
  }
  if (record.type === "effect") found.attempts = 1;
  found.outcome = record.outcome;
  found.reason = record.reason;
  found.until = record.type === "retry" ? record.until : undefined;
}

interface Known {
  /** By node: the last `undo` that told of it, and whether as undone. */
  readonly told: ReadonlyMap<string, { readonly seq: number; readonly undone: boolean }>;
  readonly tries: ReadonlyMap<string, Try>;
}

/** What a callee could not undo, its caller may have undone later. */
function lastTold(told: readonly Told[]): Known["told"] {
  const last = new Map<string, { readonly seq: number; readonly undone: boolean }>();
  for (const { seq, compensated, stands } of told) {
    for (const node of stands) last.set(node, { seq, undone: false });
    for (const node of compensated) last.set(node, { seq, undone: true });
  }
  return last;
}

function stepOf(record: Doing, { told, tries }: Known): SagaStep {
  const { seq, node, operation } = record;
  const outcome = record.type === "attempted" ? null : record.outcome;
  const tried = tries.get(node);
  const standing = standingOf(node, { told, tries });
  return {
    seq,
    node,
    effect: record.type === "effect" ? record.store : record.effect,
    operation,
    outcome,
    standing,
    why: whyOf(outcome, standing, tried),
    compensation: tried === undefined ? null : compensationOf(tried),
  };
}

function standingOf(node: string, { told, tries }: Known): Standing {
  const tried = tries.get(node);
  const last = told.get(node);
  if (last !== undefined && (tried === undefined || tried.seq <= last.seq)) {
    return last.undone ? "undone" : "stands";
  }
  return tried === undefined ? "done" : "undoing";
}

function compensationOf({ node, attempts, outcome, until }: Try): Compensation {
  return { node, attempts, outcome: until === undefined ? outcome : null };
}

function whyOf(outcome: string | null, standing: Standing, tried: Try | undefined): string | null {
  if (standing === "undoing" && tried?.until !== undefined) {
    return `its compensation is tried again, not before ${tried.until}`;
  }
  if (standing === "done" && outcome === null) return UNKNOWN;
  if (standing !== "stands") return null;
  if (tried !== undefined) {
    const often = tried.attempts === 1 ? "" : ` after ${tried.attempts} attempts`;
    const reason = tried.reason === undefined ? "" : `: ${tried.reason.message}`;
    return `its compensation came to ${tried.outcome}${often}${reason}`;
  }
  if (outcome === "IN_DOUBT" || outcome === null) return UNKNOWN;
  return "nothing undoes it";
}

const UNKNOWN = "nobody knows whether it happened";

function sagaStateOf(
  told: readonly Told[],
  tries: ReadonlyMap<string, Try>,
  records: readonly LedgerRecord[],
): Saga["saga"] {
  const last = told.at(-1);
  const begun = [...tries.values()].some(({ seq }) => seq > (last?.seq ?? 0));
  if (begun && records.at(-1)?.type !== "closed") return "compensating";
  if (last === undefined) return begun ? "partly_compensated" : "none";
  return last.partly ? "partly_compensated" : "compensated";
}
