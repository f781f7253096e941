/**
 * Where an open execution stands, as its records tell it: what it waits for and until when, what was
 * said to it so far, which calls have no answer. It tells nothing of what has ended.
 */
import {
  type AttemptedBody,
  isMachineRecord,
  type LedgerRecord,
  type RetryBody,
  type SignalBody,
  type TimerBody,
} from "../../protocol/language/records.ts";

/** A node that waits for what takes time. */
export type Standing =
  | {
      readonly kind: "waiting";
      readonly node: string;
      readonly timer: LedgerRecord & TimerBody;
      /** In order. */
      readonly said: readonly (LedgerRecord & SignalBody)[];
    }
  | {
      readonly kind: "calling";
      readonly node: string;
      readonly attempt: LedgerRecord & AttemptedBody;
    }
  | { readonly kind: "retrying"; readonly node: string; readonly retry: LedgerRecord & RetryBody };

/** In the order in which the waits began; empty for an execution that has ended. */
export function standingOf(records: readonly LedgerRecord[]): readonly Standing[] {
  const standing = new Map<string, Standing>();
  for (const record of records) {
    if (record.type === "closed" || record.type === "cancelled") standing.clear();
    if (!isMachineRecord(record)) continue;
    const { node } = record;
    const before = standing.get(node);
    standing.delete(node);
    switch (record.type) {
      case "timer":
        standing.set(node, { kind: "waiting", node, timer: record, said: [] });
        break;
      case "signal":
        if (before?.kind !== "waiting") break;
        standing.set(node, { ...before, said: [...before.said, record] });
        break;
      case "attempted":
        standing.set(node, { kind: "calling", node, attempt: record });
        break;
      case "retry":
        standing.set(node, { kind: "retrying", node, retry: record });
        break;
      default:
        break;
    }
  }
  return [...standing.values()];
}
