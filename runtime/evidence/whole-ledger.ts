/**
 * A ledger as a whole, for those who build on all of it: not only does every line hold, the ledger
 * also reaches as far as the state says it did, its traces have their own fingerprints and are
 * walks, and no effect contradicts the records before it. It tells; it changes nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { isStep, type LedgerRecord, type OpenedBody } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { fingerprintFrom } from "../fingerprint.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { Entry } from "../ledger/reader.ts";
import type { Snapshot } from "../ports.ts";
import { CONTRADICTS_FOLD, foldCheck } from "./contradiction.ts";
import { entriesOf, type LedgerSource, truncated } from "./ledger-source.ts";
import { type EvidenceProblem, problemAt } from "./problem.ts";
import { appliedIn } from "./stored-state.ts";
import { missteps } from "./walk.ts";

export interface WholeOptions extends LedgerSource {
  /** Where it is given, paths are held against the graphs of the snapshots that are at hand. */
  readonly snapshot?: (id: Digest) => Snapshot;
  /** Told of everything that does not hold, but for what `entriesOf` refuses. */
  readonly tell: (problem: EvidenceProblem) => void;
}

/** The entries that a source names; all of the ledger up to there is judged, each after it. */
export function* wholeLedger(options: WholeOptions): Generator<Entry> {
  const { files, dataRoot, upTo, trace, tell } = options;
  // Read first: a writer that is at work may store more while the ledger is read.
  const applied = appliedIn(files, statePath(dataRoot));
  const folded = foldCheck();
  const traces = traceCheck(options);
  let last = 0;
  for (const entry of entriesOf({ files, dataRoot, ...(upTo === undefined ? {} : { upTo }) })) {
    last = entry.record.n;
    if (trace === undefined || entry.record.trace === trace) yield entry;
    const contradiction = folded.take(entry.record);
    if (contradiction !== undefined) tell(problemAt(entry.raw, CONTRADICTS_FOLD, contradiction));
    traces(entry);
  }
  const missing = upTo === undefined || last < upTo;
  if (missing && applied > last) tell(truncated(dataRoot, applied, last));
}

/** Refuses a ledger that is not whole, at the first thing that does not hold. */
export function requireWhole(options: Omit<WholeOptions, "tell">): void {
  const tell = (problem: EvidenceProblem) => {
    throw new LedgerFault(problem);
  };
  const entries = wholeLedger({ ...options, tell });
  while (entries.next().done !== true);
}

/** Judges each trace where it closes. */
function traceCheck({ snapshot, tell }: WholeOptions): (entry: Entry) => void {
  const open = new Map<string, Entry[]>();
  const graph = graphSource(snapshot);
  return (entry) => {
    const { record } = entry;
    if (record.type === "cut") return;
    const entries = open.get(record.trace) ?? [];
    open.set(record.trace, entries);
    entries.push(entry);
    if (record.type !== "closed") return;
    open.delete(record.trace);
    const records = entries.map(({ record }) => record);
    const [opened] = records;
    if (opened?.type !== "opened") return;
    if (ownFingerprint(opened, records) !== record.fingerprint) {
      tell(problemAt(entry.raw, "chain/fingerprint", "the fingerprint is not the records' own"));
    }
    for (const { record, code, message } of missteps(records, graph(opened))) {
      const { raw } = entries[records.indexOf(record)] ?? entry;
      tell(problemAt(raw, code, message));
    }
  };
}

function ownFingerprint(opened: OpenedBody, records: readonly LedgerRecord[]): Digest {
  const fingerprint = fingerprintFrom(opened);
  for (const record of records) {
    if (isStep(record)) fingerprint.add(record);
  }
  return fingerprint.digest();
}

/** A snapshot that is missing or was changed is told by those who need it; here it is left out. */
function graphSource(
  snapshot: WholeOptions["snapshot"],
): (opened: OpenedBody) => Graph | undefined {
  const known = new Map<string, Graph | undefined>();
  return (opened) => {
    const name = `${opened.snapshot} ${opened.workflow}`;
    if (!known.has(name)) known.set(name, graphOf(snapshot, opened));
    return known.get(name);
  };
}

function graphOf(snapshot: WholeOptions["snapshot"], opened: OpenedBody): Graph | undefined {
  try {
    const sealed = snapshot?.(opened.snapshot);
    return sealed?.workflows.includes(opened.workflow) ? sealed.graph(opened.workflow) : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
