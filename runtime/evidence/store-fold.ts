/**
 * Folds records into a store in groups, and keeps the watermark true to what is in it: a rebuild
 * that stops halfway leaves a state that the next writer goes on from.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Entry } from "../ledger/reader.ts";
import type {
  Change,
  Checkpoint,
  LedgerPosition,
  OpenTrace,
  RecordPlace,
  Watermark,
} from "../ports.ts";
import type { SqliteStore } from "../state/sqlite.ts";
import { WaitingNodes } from "../state/waiting-nodes.ts";

export interface StoreFold {
  /** Takes the next entry of a ledger that is read from its beginning. */
  readonly take: (entry: Entry) => void;
  /** Takes a record whose place in a ledger is not known. */
  readonly takeAlone: (record: LedgerRecord) => void;
  /** All records were taken; the ledger's durable end is there, behind the record with this hash. */
  readonly finish: (end: LedgerPosition, hash: Digest | null) => void;
  /** All records were taken; up to `applied` none is missing. */
  readonly finishAlone: (applied: number) => void;
  readonly count: () => number;
}

const CHANGES_AT_ONCE = 4_096;
const BEFORE_ALL: LedgerPosition = Object.freeze({ n: 0, segment: 1, offset: 0 });
/** So far apart are the places that are remembered for finding records. */
const MARK_BYTES = 1_024 * 1_024;

export function storeFold(store: SqliteStore): StoreFold {
  const places = placesTaken();
  const waiting = new WaitingNodes();
  let changes: Change[] = [];
  let epoch = 0;
  let count = 0;
  const apply = (watermark: Omit<Watermark, "epoch">, open: readonly OpenTrace[]) => {
    store.apply(changes, { watermark: { ...watermark, epoch }, open }, places.marks());
    changes = [];
  };
  const takeAlone = (record: LedgerRecord) => {
    count += 1;
    if ("epoch" in record) epoch = Math.max(epoch, record.epoch);
    const change = waiting.fold(record);
    if (change !== undefined) changes.push(change);
    // How far the disk has the ledger is not known yet: who goes on from here begins anew.
    if (changes.length >= CHANGES_AT_ONCE) store.apply(changes.splice(0), nothing(epoch));
  };
  return {
    take(entry) {
      places.take(entry);
      takeAlone(entry.record);
    },
    takeAlone,
    finish: (end, hash) => apply({ applied: end.n, durable: end, hash }, places.open()),
    finishAlone: (applied) => apply({ applied, durable: BEFORE_ALL, hash: null }, []),
    count: () => count,
  };
}

function nothing(epoch: number): Checkpoint {
  return { watermark: { applied: 0, epoch, durable: BEFORE_ALL, hash: null }, open: [] };
}

/** Where the records of open traces stand, and here and there a place to look for one from. */
function placesTaken() {
  /** In the order of beginning. */
  const open = new Map<string, RecordPlace[]>();
  const marks: LedgerPosition[] = [];
  return {
    take({ record, raw, start }: Entry): void {
      const place = { start, bytes: raw.bytes.length };
      if (record.type === "opened") open.set(record.trace, [place]);
      else if (record.type === "closed") open.delete(record.trace);
      else open.get(record.trace)?.push(place);
      const last = marks.at(-1) ?? BEFORE_ALL;
      const far = start.segment !== last.segment || start.offset - last.offset >= MARK_BYTES;
      if (far) marks.push(start);
    },
    open: (): readonly OpenTrace[] => [...open].map(([trace, places]) => ({ trace, places })),
    marks: (): readonly LedgerPosition[] => marks,
  };
}
