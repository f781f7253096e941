/**
 * The records of the ledger. Each is one line of JSON; a trace file holds the lines of one
 * execution, byte for byte.
 *
 *   {"n":7,"trace":"…","seq":2,"at":"2026-11-21T10:00:00.000Z","type":"node", … ,
 *    "prev":"<64 hex>","hash":"<64 hex>"}\n
 *
 * `n` is the position in the ledger, from 1, without a gap. `seq` is the position in the trace, from
 * 1. `prev` is the hash of the trace's record before, 64 zeros for the first. `hash` is the SHA-256
 * of the line, newline included, with `,"hash":"…"` cut out; it is always last, so that
 * `sed 's/,"hash":"[0-9a-f]*"}$/}/' | sha256sum` checks a line.
 */
import type { DecidingRole, Verdict } from "./artifacts.ts";
import type { Digest } from "./digest.ts";
import type { Json, JsonObject } from "./json.ts";
import type { FullName } from "./names.ts";

export const RECORD_FORMAT = 1;

interface Common {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. For people: order is `n` and `seq`. */
  readonly at: string;
  readonly prev: Digest;
  readonly hash: Digest;
}

/** How it is known who asks: the configuration's local operator, a verified token, or the runtime itself. */
export const IDENTITIES = Object.freeze(["operator", "token", "runtime"] as const);
export type Identity = (typeof IDENTITIES)[number];

/** What is known of who asks, beside the name; none of it ever came with a payload. */
export interface Caller {
  readonly identity: Identity;
  /** Sorted. */
  readonly roles: readonly string[];
  readonly attributes: JsonObject;
}

/** What one role decided. */
export interface RoleRuling {
  readonly role: DecidingRole;
  readonly decision: Verdict;
  /** Ids of the statements that made it, sorted; none where nothing permits, or on an error. */
  readonly determining: readonly string[];
  /** Statements that could not be evaluated, and why: any of them denies. Absent where there is none. */
  readonly errors?: readonly string[];
}

/** What was decided when it was asked; it never changes afterwards. */
export interface Decision {
  readonly decision: Verdict;
  /** Why no role was asked; null where they were. */
  readonly unmet: string | null;
  /** Of the roles that were asked, in their order; the last one denies, or all allow. */
  readonly rulings: readonly RoleRuling[];
  /** What the statements read, by path (`principal.roles`, `context.payload.kind`), sorted by it. */
  readonly seen: JsonObject;
}

/** What every record says that begins a trace on somebody's behalf. */
interface Begun {
  readonly format: number;
  /** The writer's start number on this data root. */
  readonly epoch: number;
  /** The ledger position up to which everything was known to be on the disk when this was written. */
  readonly flushed: number;
  readonly snapshot: Digest;
  readonly engine: string;
}

/** On whose behalf something is done, and by which decision. */
interface Behalf {
  readonly tenant: string;
  /** The session's id; null for the operator and the runtime. */
  readonly session: string | null;
  readonly principal: string;
  readonly caller: Caller;
  readonly policy: Decision;
}

/** The event that something was asked for, where a subscription asked. */
export interface Cause {
  /** `domain/store` of a stream. */
  readonly store: string;
  readonly position: number;
}

export interface OpenedBody extends Begun, Behalf {
  readonly type: "opened";
  readonly workflow: FullName;
  /** The type of the intent that was accepted; `pgs.run` for a workflow that was asked for by name. */
  readonly intent: string;
  readonly idempotency_key: string | null;
  readonly payload: Json;
  readonly started_at: string;
  readonly cause?: Cause;
  /** Milliseconds that the system's clock stood behind the ledger's; absent where it did not. */
  readonly clock_behind_ms?: number;
  /** Set when an author let changed capabilities pass. */
  readonly changed_capabilities?: readonly string[];
}

/** Somebody who is known asked for something and may not: a trace of this record alone. */
export interface RefusedBody extends Begun, Omit<Behalf, "policy"> {
  readonly type: "refused";
  /** As it was told to who asked. */
  readonly code: string;
  readonly message: string;
  /** The type of the intent. */
  readonly intent: string;
  /** What would have run; null where nothing would have. */
  readonly workflow: FullName | null;
  readonly idempotency_key: string | null;
  /** Null where it was refused before anything was decided. */
  readonly policy: Decision | null;
  /** What policies could see of what was asked: nothing labelled. Null where it was not looked at. */
  readonly context: JsonObject | null;
  readonly cause?: Cause;
}

/** A session was opened: a trace of this record alone, whose id is the session's. */
export interface SessionBody extends Begun, Omit<Behalf, "session"> {
  readonly type: "session";
  /** RFC 3339, UTC, milliseconds. */
  readonly expires_at: string;
  /** The token that it was opened with; null for one of the operator's own. */
  readonly token: { readonly issuer: string; readonly sha256: Digest } | null;
  /** Of what its holder shows to use it. */
  readonly secret_sha256: Digest;
}

/** A session was ended before its time: a trace of this record alone, `<session>.ended`. */
export interface SessionEndedBody extends Begun, Behalf {
  readonly type: "session-ended";
  /** The session that ends; `session` is the one that asked for it. */
  readonly ended: string;
}

/**
 * A start of the writer came through all gates: a trace of this record alone, `boot-<epoch>`. Where
 * something had changed, or the last stop was not clean, an execution of the boot's own workflow
 * went before it.
 */
export interface BootBody extends Begun {
  readonly type: "boot";
  /** SHA-256 of the configuration's canonical JSON. */
  readonly configuration: Digest;
  /** The trace of the execution that went through all gates; that of an earlier start, after a clean stop. */
  readonly like: string;
}

/** Somebody who may ended an execution before its time; `closed` follows. */
export interface CancelledBody extends Behalf {
  readonly type: "cancelled";
  /** Whose policies decided: those that were current, not those that it began under. */
  readonly snapshot: Digest;
  readonly reason: string | null;
  /** Where it stood. */
  readonly node: string;
  /** True where a call to the outside had been begun there, whose answer nobody will know. */
  readonly in_doubt: boolean;
  /** The exit that it leads to. */
  readonly to: string;
}

/** Why an engine outcome came about; in words that hold no labelled value. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly problems?: readonly { readonly pointer: string; readonly message: string }[];
}

export interface NodeBody {
  readonly type: "node";
  readonly node: string;
  readonly outcome: string;
  /** Absent where the outcome has none (engine outcomes, decisions). */
  readonly output?: Json;
  /** The node that the edge taken leads to. */
  readonly to: string;
  /** A decision's matching row, from 0; -1 for `otherwise`. */
  readonly row?: number;
  readonly reason?: Reason;
}

export interface EffectBody {
  readonly type: "effect";
  readonly node: string;
  readonly tenant: string;
  /** `domain/store`. */
  readonly store: string;
  readonly operation: string;
  /** Registry and document operations. */
  readonly key?: string;
  /** What was written: a registry's or document's value, a stream's event. */
  readonly value?: Json;
  /** REPLACE: the version that was expected to stand. READ: from where, and how many at most. */
  readonly version?: number;
  readonly from?: number;
  readonly limit?: number;
  readonly outcome: string;
  readonly output?: Json;
  readonly to: string;
  readonly reason?: Reason;
  /** The node whose effect this undoes. */
  readonly compensates?: string;
}

/** Durable before the call is made: that it may have been, with what, and under which key. */
export interface AttemptedBody {
  readonly type: "attempted";
  readonly node: string;
  /** The effect's full name. */
  readonly effect: FullName;
  readonly operation: string;
  /** Handed to the outside, the same with every attempt. */
  readonly idempotency_key: string;
  /** From 1. */
  readonly attempt: number;
  readonly input: Json;
}

/** What came of a call to the outside. */
export interface ExternalBody {
  readonly type: "external";
  readonly node: string;
  readonly effect: FullName;
  readonly operation: string;
  /** The attempt that this is the answer to. */
  readonly attempt: number;
  readonly outcome: string;
  readonly output?: Json;
  readonly to: string;
  readonly reason?: Reason;
  /** The node whose effect this undoes. */
  readonly compensates?: string;
}

/** A call to the outside is made again, not before `until`; the attempt follows. */
export interface RetryBody {
  readonly type: "retry";
  readonly node: string;
  readonly effect: FullName;
  readonly operation: string;
  /** The attempt that came to this. */
  readonly attempt: number;
  readonly outcome: string;
  readonly output?: Json;
  readonly reason?: Reason;
  /** RFC 3339, UTC, milliseconds: the ledger's time, and that before which nothing is tried again. */
  readonly since: string;
  readonly until: string;
}

/** An execution waits: for a signal, or for a time. It needs no memory until then. */
export interface TimerBody {
  readonly type: "timer";
  readonly node: string;
  /** RFC 3339, UTC, milliseconds: the ledger's time, and when time is up. */
  readonly since: string;
  readonly until: string;
  /** Names of the signals that it waits for. */
  readonly signals: readonly string[];
}

/** An execution that waits was told something; a `node` record follows once it is enough. */
export interface SignalBody extends Behalf {
  readonly type: "signal";
  readonly node: string;
  readonly signal: string;
  readonly payload: Json;
  /** Whose policies decided: those that were current, not those that it began under. */
  readonly snapshot: Digest;
}

/** An execution goes on under another snapshot, of whose graph its records are a prefix, too. */
export interface MigratedBody extends Behalf {
  readonly type: "migrated";
  readonly from: Digest;
  readonly to_snapshot: Digest;
}

export interface ClosedBody {
  readonly type: "closed";
  readonly exit: string;
  readonly outcome: string;
  readonly result: Json;
  /** True when the execution ended on the fault route. */
  readonly fault: boolean;
  /** Records of this trace, this one included. */
  readonly records: number;
  readonly fingerprint: Digest;
}

/** Written at recovery: bytes of a torn tail that were cut off and set aside. Its trace is its own. */
export interface CutBody {
  readonly type: "cut";
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: Digest;
  readonly aside: string;
}

/** The bodies of steps: nodes that were passed, with what came of them and where they led. */
export type StepBody = NodeBody | EffectBody | ExternalBody;

/** Bodies of records that are a trace of their own. */
export type LoneBody = RefusedBody | SessionBody | SessionEndedBody | BootBody | CutBody;

export type RecordBody =
  | OpenedBody
  | StepBody
  | AttemptedBody
  | RetryBody
  | TimerBody
  | SignalBody
  | MigratedBody
  | CancelledBody
  | ClosedBody
  | LoneBody;
export type LedgerRecord = Common & RecordBody;
export type RecordType = RecordBody["type"];

const LONE: ReadonlySet<RecordType> = new Set([
  "refused",
  "session",
  "session-ended",
  "boot",
  "cut",
] satisfies LoneBody["type"][]);

/** Whether a record of this type is a whole trace: nothing goes before it, and nothing follows. */
export function isLoneType(type: RecordType): type is LoneBody["type"] {
  return LONE.has(type);
}

/** The same of a record. */
export function isLone(record: LedgerRecord): record is LedgerRecord & LoneBody {
  return isLoneType(record.type);
}

/** The record of a node that was passed: what came of it, and where it led. */
export type StepRecord = LedgerRecord & StepBody;

export function isStep(record: LedgerRecord): record is StepRecord {
  return record.type === "node" || record.type === "effect" || record.type === "external";
}

/**
 * Under which snapshot an execution goes on: the one that it was last moved to, else the one that it
 * began with. Of the records of one trace, as many as are at hand, from the first.
 */
export function snapshotOf(records: readonly LedgerRecord[]): Digest | undefined {
  const moved = records.findLast((record) => record.type === "migrated");
  if (moved !== undefined) return moved.to_snapshot;
  const [opened] = records;
  return opened?.type === "opened" ? opened.snapshot : undefined;
}

/** The bodies of records that the machine asks for: steps, what comes before one, and a cancel. */
export type MachineBody =
  | StepBody
  | AttemptedBody
  | RetryBody
  | TimerBody
  | SignalBody
  | CancelledBody;

export type MachineRecord = LedgerRecord & MachineBody;

const BETWEEN: ReadonlySet<RecordType> = new Set([
  "attempted",
  "retry",
  "timer",
  "signal",
  "cancelled",
]);

export function isMachineRecord(record: LedgerRecord): record is MachineRecord {
  return BETWEEN.has(record.type) || isStep(record);
}

/** A sealed value as it stands in a record, a trace and the state. */
export interface SealedValue extends JsonObject {
  readonly $sealed: { readonly key: string; readonly mac: string; readonly data: string };
}
