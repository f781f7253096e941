/**
 * A ledger as a source of evidence: all of its records up to a position, or those of one trace. It
 * reads without a lock, verifies as it goes, and refuses at the first thing that does not hold.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { type Entry, readLedger } from "../ledger/reader.ts";
import { lastSegment, ledgerFolder } from "../ledger/segments.ts";
import type { Files } from "../ports.ts";
import { requireReadable } from "./readable-root.ts";

export interface LedgerSource {
  readonly files: Files;
  readonly dataRoot: string;
  /** The last position to read; all of it without one. */
  readonly upTo?: number;
  readonly trace?: string;
}

/** The entries that a source names, in ledger order. */
export function* entriesOf({ files, dataRoot, upTo, trace }: LedgerSource): Generator<Entry> {
  requireReadable(files, dataRoot);
  if (lastSegment(files, dataRoot) === 0) throw noLedger(dataRoot);
  for (const entry of readLedger(files, dataRoot)) {
    if (upTo !== undefined && entry.record.n > upTo) return;
    if (trace === undefined || entry.record.trace === trace) yield entry;
  }
}

export function* recordsIn(source: LedgerSource): Generator<LedgerRecord> {
  for (const { record } of entriesOf(source)) yield record;
}

export function noLedger(dataRoot: string): Refusal {
  const message = `there is no ledger in \`${ledgerFolder(dataRoot)}\``;
  return new Refusal("usage", "ledger/not-found", message, { hint: "Name the data root." });
}
