/**
 * Folds records into a store in groups, and keeps the watermark true to what is in it: a rebuild
 * that stops halfway leaves a state that the next writer goes on from.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Entry } from "../ledger/reader.ts";
import type { Change, LedgerPosition, Store } from "../ports.ts";
import { fold } from "../state/fold.ts";

export interface StoreFold {
  /** Takes the next entry of a ledger that is read from its beginning. */
  readonly take: (entry: Entry) => void;
  /** Takes a record whose place in a ledger is not known. */
  readonly takeAlone: (record: LedgerRecord) => void;
  /** All records were taken; the ledger's durable end is there. */
  readonly finish: (end: LedgerPosition) => void;
  /** All records were taken; up to `applied` none is missing. */
  readonly finishAlone: (applied: number) => void;
  readonly count: () => number;
}

const CHANGES_AT_ONCE = 4_096;
const BEFORE_ALL: LedgerPosition = Object.freeze({ n: 0, segment: 1, offset: 0 });

export function storeFold(store: Store): StoreFold {
  /** Where each open execution begins, in the order of beginning. */
  const open = new Map<string, LedgerPosition>();
  let changes: Change[] = [];
  let epoch = 0;
  let count = 0;
  const apply = (applied: number, resume: LedgerPosition, durable: LedgerPosition) => {
    store.apply(changes, { applied, epoch, resume, durable });
    changes = [];
  };
  const note = (record: LedgerRecord) => {
    count += 1;
    if (record.type === "opened") epoch = Math.max(epoch, record.epoch);
    const change = fold(record);
    if (change !== undefined) changes.push(change);
  };
  const oldest = (): LedgerPosition | undefined => open.values().next().value;
  return {
    take({ record, start }) {
      note(record);
      if (record.type === "opened") open.set(record.trace, start);
      if (record.type === "closed") open.delete(record.trace);
      // Before this record's own line nothing is missing; how far the disk has it is not known yet.
      if (changes.length >= CHANGES_AT_ONCE) apply(record.n, oldest() ?? start, BEFORE_ALL);
    },
    takeAlone(record) {
      note(record);
      if (changes.length >= CHANGES_AT_ONCE) apply(0, BEFORE_ALL, BEFORE_ALL);
    },
    finish: (end) => apply(end.n, oldest() ?? end, end),
    finishAlone: (applied) => apply(applied, BEFORE_ALL, BEFORE_ALL),
    count: () => count,
  };
}
