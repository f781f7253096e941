/**
 * The chain of one trace: whether a record may stand behind the one before it. It sees one record
 * at a time and keeps only the head, with the calls that are under way, so that it serves a trace of
 * any length and a whole ledger.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import {
  type AttemptedBody,
  type CancelledBody,
  type ExternalBody,
  isLoneType,
  type RecordType,
  type RetryBody,
} from "../../protocol/language/records.ts";
import { type Calls, misplacedAmong, NO_CALLS, takeCall } from "./call-order.ts";
import type { Stated } from "./check-line.ts";

/** What the next record of the trace must continue. */
export interface Head {
  readonly n: number;
  readonly seq: number;
  readonly hash: Digest;
  /** True behind a `closed` record, or one that is a whole trace: nothing may follow. */
  readonly ended: boolean;
  /** The calls to the outside that are under way; of a head that another one followed, no more. */
  readonly calls: Calls | typeof UNKNOWN;
  /** True behind a `cancelled` record: what was done may be undone, and then the end follows. */
  readonly cancelled: boolean;
}

/** Behind a line that does not hold: what it was is not known. */
const UNKNOWN = "unknown";

/** What the chain needs of a record; of one that goes with a call to the outside it needs all. */
export type Link = Placed & (PlainBody | AttemptedBody | RetryBody | ExternalBody | CancelledBody);

interface Placed {
  readonly n: number;
  readonly seq: number;
  readonly at: string;
  readonly prev: Digest;
  readonly hash: Digest;
}

interface PlainBody {
  readonly type: Exclude<RecordType, "attempted" | "retry" | "external" | "cancelled">;
  readonly node?: string;
  /** Of a `closed` record: how many records the trace has. */
  readonly records?: number;
}

export interface Broken {
  readonly code: string;
  readonly message: string;
}

/** Why a record cannot stand behind a head (undefined: at the beginning); undefined when it can. */
export function breakBefore(head: Head | undefined, record: Link): Broken | undefined {
  const opens = record.type === "opened" || isLoneType(record.type);
  if (head === undefined) {
    if (record.seq !== 1) return gap(1, record.seq);
    if (!opens) return broken("not-opened", `the trace begins with \`${record.type}\``);
    return record.prev === NO_DIGEST ? undefined : broken("previous", previous(NO_DIGEST, record));
  }
  if (head.ended) return broken("after-end", `\`${record.type}\` stands behind the trace's end`);
  if (record.seq !== head.seq + 1) return gap(head.seq + 1, record.seq);
  if (record.prev !== head.hash) return broken("previous", previous(head.hash, record));
  if (record.n <= head.n) {
    return broken("order", `ledger position ${record.n} stands behind ${head.n}`);
  }
  if (opens) return broken("opened-twice", `\`${record.type}\` stands inside the trace`);
  if (record.type === "closed" && record.records !== record.seq) {
    return broken("count", `the trace counts ${record.records} records and has ${record.seq}`);
  }
  if (head.cancelled && !mayUndo(record)) {
    return broken("cancelled", `\`${record.type}\` stands behind the trace's cancellation`);
  }
  if (head.calls === UNKNOWN) return undefined;
  const misplaced = misplacedAmong(head.calls, record);
  return misplaced === undefined ? undefined : broken("call", misplaced);
}

/** What may stand behind a cancellation: the end, and before it whatever undoes what was done. */
function mayUndo(record: Link): boolean {
  const { type } = record;
  if (type === "closed" || type === "node") return true;
  const acts = type === "effect" || type === "attempted" || type === "retry" || type === "external";
  return acts && "node" in record && record.node?.endsWith("/compensate") === true;
}

/** The head behind a record; `before` is the one that it was held against, and is used up. */
export function headOf(record: Link, before?: Head): Head {
  const { n, seq, hash, type } = record;
  const ended = type === "closed" || isLoneType(type);
  const known = before?.calls ?? (seq === 1 ? NO_CALLS : UNKNOWN);
  const calls = known === UNKNOWN ? UNKNOWN : takeCall(known, record);
  const cancelled = type === "cancelled" || before?.cancelled === true;
  return { n, seq, hash, ended, calls, cancelled };
}

/** The head behind a line that does not hold, so that one fault is not told twice. */
export function headStated({ n, seq, hash }: Stated): Head {
  return { n, seq, hash, ended: false, calls: UNKNOWN, cancelled: false };
}

function broken(code: string, message: string): Broken {
  return { code: `chain/${code}`, message };
}

function gap(expected: number, found: number): Broken {
  const what = found > expected ? "records are missing before this one" : "it stands here again";
  return broken("gap", `seq ${expected} was expected and ${found} found: ${what}`);
}

function previous(expected: Digest, record: Link): string {
  return `prev is ${record.prev} and the record before has hash ${expected}`;
}
