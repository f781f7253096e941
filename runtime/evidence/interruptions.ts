/**
 * Whether a ledger bears out what its records say of processes that stopped: a call is attempted
 * again, or left as interrupted, by a later writer alone, and that one goes on under a higher epoch
 * than the one that made the attempt before. It takes records in the order of the whole ledger.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { EvidencePlace } from "./problem.ts";

/** A call that is said to have been interrupted, and was not. */
export interface Uninterrupted {
  readonly trace: string;
  readonly place: EvidencePlace | undefined;
  readonly message: string;
}

export const UNINTERRUPTED = "call/not-interrupted";

export interface InterruptionCheck {
  /** Says what the record refutes, which stands before it. */
  readonly take: (record: LedgerRecord, place?: EvidencePlace) => readonly Uninterrupted[];
}

interface Claimed {
  readonly trace: string;
  readonly node: string;
  readonly place: EvidencePlace | undefined;
  /** The last that had begun where the attempt was made: its writer's is not lower. */
  readonly epoch: number;
}

const NONE: readonly Uninterrupted[] = Object.freeze([]);

export function interruptionCheck(): InterruptionCheck {
  /** By trace and node: the epoch of an attempt that has no answer yet. */
  const attempted = new Map<string, Map<string, number>>();
  let claimed: Claimed[] = [];
  let epoch = 0;
  return {
    take(record, place) {
      const { trace } = record;
      switch (record.type) {
        case "opened":
        case "refused":
        case "session":
        case "session-ended":
        case "boot": {
          epoch = record.epoch;
          if (claimed.length === 0) return NONE;
          const wrong = claimed.filter((one) => one.epoch >= epoch);
          claimed = [];
          return wrong.map((one) => refuted(one, epoch));
        }
        case "attempted":
        case "retry":
        case "external": {
          const calls = attempted.get(trace) ?? new Map<string, number>();
          const before = calls.get(record.node);
          if (record.type === "attempted") attempted.set(trace, calls.set(record.node, epoch));
          else if (calls.delete(record.node) && calls.size === 0) attempted.delete(trace);
          if (before !== undefined && claimsInterruption(record)) {
            claimed.push({ trace, node: record.node, place: placeOf(place), epoch: before });
          }
          return NONE;
        }
        case "cancelled":
          attempted.delete(trace);
          return NONE;
        default:
          return NONE;
      }
    },
  };
}

/** Not the line itself: its bytes are part of a larger piece of the file. */
function placeOf(place: EvidencePlace | undefined): EvidencePlace | undefined {
  return place && { file: place.file, line: place.line, position: place.position };
}

/** Whether a record behind an attempt says that a process stopped between that and its answer. */
export function claimsInterruption(record: LedgerRecord): boolean {
  if (record.type === "attempted") return record.attempt > 1;
  const answers = record.type === "external" || record.type === "retry";
  return answers && record.reason?.code === "unknown/interrupted";
}

function refuted({ trace, node, place }: Claimed, epoch: number): Uninterrupted {
  const message = `\`${node}\` of trace \`${trace}\` is said to have been interrupted, and its writer, of epoch ${epoch}, went on`;
  return { trace, place, message };
}
