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

/** What the policies said; `null` members where none was asked. */
export interface Decision {
  readonly decision: "allow" | "ungoverned";
  readonly policies: readonly string[];
}

export interface OpenedBody {
  readonly type: "opened";
  readonly format: number;
  /** The writer's start number on this data root. */
  readonly epoch: number;
  /** The ledger position up to which everything was known to be on the disk when this was written. */
  readonly flushed: number;
  readonly snapshot: Digest;
  readonly engine: string;
  readonly workflow: FullName;
  readonly intent: string | null;
  readonly tenant: string;
  readonly session: string | null;
  readonly principal: string;
  readonly idempotency_key: string | null;
  readonly policy: Decision;
  readonly payload: Json;
  readonly started_at: string;
  /** Milliseconds that the system's clock stood behind the ledger's; absent where it did not. */
  readonly clock_behind_ms?: number;
  /** Set when an author let changed capabilities pass. */
  readonly changed_capabilities?: readonly string[];
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

export type RecordBody = OpenedBody | StepBody | AttemptedBody | ClosedBody | CutBody;
export type LedgerRecord = Common & RecordBody;
export type RecordType = RecordBody["type"];

/** The record of a node that was passed: what came of it, and where it led. */
export type StepRecord = LedgerRecord & StepBody;

export function isStep(record: LedgerRecord): record is StepRecord {
  return record.type === "node" || record.type === "effect" || record.type === "external";
}

/** A record that the machine asks for: a step, or the attempt at a call that comes before one. */
export type MachineRecord = LedgerRecord & (StepBody | AttemptedBody);

export function isMachineRecord(record: LedgerRecord): record is MachineRecord {
  return record.type === "attempted" || isStep(record);
}

/** A sealed value as it stands in a record, a trace and the state. */
export interface SealedValue extends JsonObject {
  readonly $sealed: { readonly key: string; readonly mac: string; readonly data: string };
}
