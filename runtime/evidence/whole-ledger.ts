/**
 * A ledger as a whole, for those who build on all of it: not only does every line hold, the ledger
 * also reaches as far as the state says it did, its traces have their own fingerprints and are
 * walks, and no effect contradicts the records before it. It tells; it changes nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import { statePath } from "../data-root.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { Entry } from "../ledger/reader.ts";
import type { Snapshot } from "../ports.ts";
import { CONTRADICTS_FOLD, foldCheck } from "./contradiction.ts";
import type { DeliveryCheck } from "./delivery-check.ts";
import { ledgerLaws } from "./ledger-laws.ts";
import { entriesOf, type LedgerSource, truncated } from "./ledger-source.ts";
import { type EvidenceProblem, problemAt } from "./problem.ts";
import { openScratch } from "./scratch.ts";
import { appliedIn } from "./stored-state.ts";
import { traceCheck } from "./trace-check.ts";

export interface WholeOptions extends LedgerSource {
  /** Where it is given, paths are held against the graphs of the snapshots that are at hand. */
  readonly snapshot?: (id: Digest) => Snapshot;
  /** Where it is given, what was delivered is held against its event. */
  readonly delivered?: DeliveryCheck | undefined;
  /** Told of everything that does not hold, but for what `entriesOf` refuses. */
  readonly tell: (problem: EvidenceProblem) => void;
}

/** The entries that a source names; all of the ledger up to there is judged, each after it. */
export function* wholeLedger(options: WholeOptions): Generator<Entry> {
  const { files, dataRoot, upTo, trace, tell, scratch } = options;
  // Read first: a writer that is at work may store more while the ledger is read.
  const applied = appliedIn(files, statePath(dataRoot));
  // In memory, maps are faster than a store.
  const aside =
    scratch === undefined ? undefined : openScratch({ files, folder: scratch, name: "whole" });
  try {
    const folded = foldCheck({ aside, delivered: options.delivered });
    const traces = traceCheck(options);
    const laws = ledgerLaws(tell);
    let last = 0;
    for (const entry of entriesOf({ files, dataRoot, ...(upTo === undefined ? {} : { upTo }) })) {
      last = entry.record.n;
      if (trace === undefined || entry.record.trace === trace) yield entry;
      laws.take(entry.record, entry.raw);
      const contradiction = folded.take(entry.record);
      if (contradiction !== undefined) tell(problemAt(entry.raw, CONTRADICTS_FOLD, contradiction));
      traces(entry.record, entry.raw);
    }
    const missing = upTo === undefined || last < upTo;
    if (missing && applied > last) tell(truncated(dataRoot, applied, last));
  } finally {
    aside?.close();
  }
}

/** Refuses a ledger that is not whole, at the first thing that does not hold. */
export function requireWhole(options: Omit<WholeOptions, "tell">): void {
  const tell = (problem: EvidenceProblem) => {
    throw new LedgerFault(problem);
  };
  const entries = wholeLedger({ ...options, tell });
  while (entries.next().done !== true);
}
