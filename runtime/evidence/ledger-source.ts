/**
 * A ledger as a source of evidence: all of its records up to a position, or those of one trace. It
 * reads without a lock, verifies as it goes, and refuses at the first thing that does not hold.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { type Entry, readLedger } from "../ledger/reader.ts";
import { lastSegment, ledgerFolder } from "../ledger/segments.ts";
import type { Files } from "../ports.ts";
import { type EvidenceProblem, problemOf } from "./problem.ts";
import { requireReadable } from "./readable-root.ts";
import { appliedIn } from "./stored-state.ts";

export interface LedgerSource {
  readonly files: Files;
  readonly dataRoot: string;
  /** The last position to read; all of it without one. */
  readonly upTo?: number;
  readonly trace?: string;
  /** A folder of one's own for what memory should not hold; the caller removes it. */
  readonly scratch?: string;
}

/** The entries that a source names, in ledger order. */
export function* entriesOf({ files, dataRoot, upTo, trace }: LedgerSource): Generator<Entry> {
  requireReadable(files, dataRoot);
  if (lastSegment(files, dataRoot) === 0) throw missingLedger(files, dataRoot);
  for (const entry of readLedger(files, dataRoot)) {
    if (upTo !== undefined && entry.record.n > upTo) return;
    if (trace === undefined || entry.record.trace === trace) yield entry;
  }
}

export function* recordsIn(source: LedgerSource): Generator<LedgerRecord> {
  for (const { record } of entriesOf(source)) yield record;
}

/** A ledger that is not there was never there, unless the state has applied some of it. */
export function missingLedger(files: Files, dataRoot: string): Refusal {
  const applied = appliedIn(files, statePath(dataRoot));
  return applied === 0 ? noLedger(dataRoot) : new LedgerFault(truncated(dataRoot, applied, 0));
}

/** The state never runs ahead of the ledger: where it does, the ledger has lost its end. */
export function truncated(dataRoot: string, applied: number, last?: number): EvidenceProblem {
  const end = last === undefined ? "before it" : `at ${last}`;
  const message = `the state has applied record ${applied}, the ledger ends ${end}`;
  return problemOf(ledgerFolder(dataRoot), "ledger/truncated", message);
}

export function noLedger(dataRoot: string): Refusal {
  const message = `there is no ledger in \`${ledgerFolder(dataRoot)}\``;
  return new Refusal("usage", "ledger/not-found", message, { hint: "Name the data root." });
}
