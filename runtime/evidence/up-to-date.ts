/**
 * What the stored index says, brought up to date from the ledger's end, since the index is written
 * lazily. It needs no lock and writes nothing; without an index it reads the whole ledger.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { statePath } from "../data-root.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { reaches, requireOwn } from "../ledger/own-state.ts";
import { BEGINNING, type ReadFrom, readLedger } from "../ledger/reader.ts";
import type { Files, Watermark } from "../ports.ts";
import type { SqliteStore } from "../state/sqlite.ts";
import { truncated } from "./ledger-source.ts";
import { requireReadable } from "./readable-root.ts";
import { fromStateNow } from "./stored-state.ts";

export interface Index<T> {
  /** What the stored state has of it. */
  readonly stored: (store: SqliteStore) => T;
  /** What there is of it before all records. */
  readonly none: () => T;
  /** Takes up what a later record changes. Records come in the ledger's order. */
  readonly take: (found: T, record: LedgerRecord) => void;
}

export interface IndexedRoot {
  readonly files: Files;
  readonly dataRoot: string;
}

export function upToDate<T>({ files, dataRoot }: IndexedRoot, index: Index<T>): T {
  requireReadable(files, dataRoot);
  // The watermark is read first: what is stored after it is only told again by the ledger.
  const stored = fromStateNow(files, statePath(dataRoot), (store) => {
    const watermark = store.watermark();
    return { watermark, found: index.stored(store) };
  });
  const { watermark, found } = stored ?? { watermark: undefined, found: index.none() };
  const applied = watermark?.applied ?? 0;
  // Reading on from there finds nothing, whether or not the end was cut off.
  if (watermark !== undefined) {
    if (!reaches(files, dataRoot, watermark.durable)) {
      throw new LedgerFault(truncated(dataRoot, applied));
    }
    requireOwn(files, dataRoot, watermark);
  }
  const entries = readLedger(files, dataRoot, startOf(watermark));
  let next = entries.next();
  for (; next.done !== true; next = entries.next()) {
    const { record } = next.value;
    if (record.n > applied) index.take(found, record);
  }
  if (next.value.end.n < applied) throw new LedgerFault(truncated(dataRoot, applied));
  return found;
}

/** Traces that were open there have begun before what is read: their chains are not asked for. */
function startOf(watermark: Watermark | undefined): ReadFrom {
  if (watermark === undefined) return BEGINNING;
  return { ...watermark.durable, verified: Number.MAX_SAFE_INTEGER };
}
