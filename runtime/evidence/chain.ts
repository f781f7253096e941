/**
 * The chain of one trace: whether a record may stand behind the one before it. It sees one record
 * at a time and keeps only the head, so that it serves a trace of any length and a whole ledger.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import {
  type AttemptedBody,
  type CancelledBody,
  type ExternalBody,
  isLoneType,
  type RecordType,
} from "../../protocol/language/records.ts";
import { misplacedCall } from "./call-order.ts";
import type { Stated } from "./check-line.ts";

/** What the next record of the trace must continue. */
export interface Head {
  readonly n: number;
  readonly seq: number;
  readonly hash: Digest;
  /** True behind a `closed` record, or one that is a whole trace: nothing may follow. */
  readonly ended: boolean;
  /** Behind an `attempted` record: the call that only its answer, or another attempt, may follow. */
  readonly calling: AttemptedBody | typeof UNKNOWN | undefined;
  /** True behind a `cancelled` record: only the end may follow. */
  readonly cancelled: boolean;
}

/** Behind a line that does not hold: what it was is not known. */
const UNKNOWN = "unknown";

/** What the chain needs of a record; of one that goes with a call to the outside it needs all. */
export type Link = Placed & (PlainBody | AttemptedBody | ExternalBody | CancelledBody);

interface Placed {
  readonly n: number;
  readonly seq: number;
  readonly prev: Digest;
  readonly hash: Digest;
}

interface PlainBody {
  readonly type: Exclude<RecordType, "attempted" | "external" | "cancelled">;
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
  if (head.cancelled && record.type !== "closed") {
    return broken("cancelled", `\`${record.type}\` stands behind the trace's cancellation`);
  }
  if (head.calling === UNKNOWN) return undefined;
  const misplaced = misplacedCall(head.calling, record);
  return misplaced === undefined ? undefined : broken("call", misplaced);
}

/** The head behind a record. */
export function headOf(record: Link): Head {
  const { n, seq, hash, type } = record;
  const calling = type === "attempted" ? record : undefined;
  const ended = type === "closed" || isLoneType(type);
  return { n, seq, hash, ended, calling, cancelled: type === "cancelled" };
}

/** The head behind a line that does not hold, so that one fault is not told twice. */
export function headStated({ n, seq, hash }: Stated): Head {
  return { n, seq, hash, ended: false, calling: UNKNOWN, cancelled: false };
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
