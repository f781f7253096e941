/**
 * Verifies a data root as a whole: the ledger's chains and completeness, every snapshot that it
 * names, every projection, and, where asked, the stored state. All that does not hold is named; it
 * needs no lock and changes nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { ledgerFolder } from "../ledger/segments.ts";
import type { Files, Snapshot } from "../ports.ts";
import type { Paint } from "../traces/project.ts";
import { noLedger, truncated } from "./ledger-source.ts";
import { type EvidenceProblem, type ProblemList, problemList, problemOf } from "./problem.ts";
import { requireReadable } from "./readable-root.ts";
import { type LedgerScan, scanLedger } from "./scan-ledger.ts";
import { appliedIn } from "./stored-state.ts";
import { verifyState } from "./verify-state.ts";
import { type TraceChecks, verifyNoOthers, verifyTrace } from "./verify-traces.ts";

export interface VerifyOptions {
  readonly files: Files;
  readonly dataRoot: string;
  /** Undefined: projections are not looked at. */
  readonly tracesFolder: string | undefined;
  /** Throws a refusal for a snapshot that is missing or was changed. */
  readonly snapshot: (id: Digest) => Snapshot;
  /** Undefined: pictures are not painted again to be compared. */
  readonly paint: Paint | undefined;
  /** Whether the stored state is compared with the fold of the ledger. */
  readonly state: boolean;
  /** Told now and then how many records have been checked. */
  readonly progress?: (records: number) => void;
}

export interface Verification {
  readonly ok: boolean;
  readonly checked: {
    readonly records: number;
    readonly traces: number;
    readonly snapshots: number;
    readonly state_keys: number;
  };
  readonly problems: readonly EvidenceProblem[];
  /** Traces that have not ended: they go on when the data root is opened next. No fault by itself. */
  readonly open: readonly string[];
}

const PROGRESS_EVERY = 65_536;

export async function verify(options: VerifyOptions): Promise<Verification> {
  const { files, dataRoot } = options;
  requireDataRoot(files, dataRoot);
  const problems = problemList();
  const snapshots = snapshotCheck(options, problems);
  // Read first: a writer that is at work may store more while the ledger is read.
  const applied = appliedIn(files, statePath(dataRoot));
  const scan = scanLedger({ files, dataRoot, problems, steps: false });
  const counts = await verifyRecords(options, scan, { problems, snapshots });
  if (applied > scan.last()) problems.add(truncated(dataRoot, applied, scan.last()));
  const state = options.state ? verifyState(files, dataRoot) : undefined;
  state?.problems.forEach(problems.add);
  const found = problems.problems();
  return {
    ok: found.length === 0,
    checked: { ...counts, snapshots: snapshots.count(), state_keys: state?.keys ?? 0 },
    problems: found,
    open: scan.open(),
  };
}

/** Where nothing was ever written, nothing can be said to hold. */
function requireDataRoot(files: Files, dataRoot: string): void {
  requireReadable(files, dataRoot);
  const known = [ledgerFolder(dataRoot), statePath(dataRoot)];
  if (known.every((path) => files.standing(path) === undefined)) throw noLedger(dataRoot);
}

interface Against {
  readonly problems: ProblemList;
  readonly snapshots: SnapshotCheck;
}

async function verifyRecords(
  options: VerifyOptions,
  scan: LedgerScan,
  { problems, snapshots }: Against,
): Promise<{ readonly records: number; readonly traces: number }> {
  const { files, tracesFolder, paint } = options;
  const checks: TraceChecks | undefined =
    tracesFolder === undefined
      ? undefined
      : { files, tracesFolder, problems, snapshot: snapshots.open, paint };
  let records = 0;
  let traces = 0;
  for (const { record, link } of scan.lines) {
    records += 1;
    if (records % PROGRESS_EVERY === 0) options.progress?.(records);
    if (record?.type === "opened") {
      traces += 1;
      snapshots.check(record);
    }
    if (record?.type === "closed" && checks !== undefined) await verifyTrace(checks, link);
  }
  if (checks !== undefined) verifyNoOthers(checks, scan.has);
  return { records, traces };
}

interface SnapshotCheck {
  readonly check: (record: LedgerRecord & { readonly type: "opened" }) => void;
  readonly open: (id: Digest) => Snapshot;
  readonly count: () => number;
}

/** Opens each snapshot that the ledger names once, and tells once what is wrong with it. */
function snapshotCheck({ snapshot }: VerifyOptions, problems: ProblemList): SnapshotCheck {
  const known = new Map<Digest, Snapshot | Refusal>();
  const opened = (id: Digest): Snapshot | Refusal => {
    const standing = known.get(id);
    if (standing !== undefined) return standing;
    const found = openOrRefuse(snapshot, id);
    known.set(id, found);
    if (found instanceof Refusal) problems.add(problemOf(null, found.code, found.message));
    return found;
  };
  return {
    check: (record) => {
      const found = opened(record.snapshot);
      if (found instanceof Refusal || found.workflows.includes(record.workflow)) return;
      const message = `trace \`${record.trace}\` names \`${record.workflow}\`, which snapshot ${record.snapshot} does not have`;
      problems.add(problemOf(null, "snapshot/unknown-workflow", message));
    },
    open: (id) => {
      const found = opened(id);
      if (found instanceof Refusal) throw found;
      return found;
    },
    count: () => known.size,
  };
}

function openOrRefuse(open: (id: Digest) => Snapshot, id: Digest): Snapshot | Refusal {
  try {
    const snapshot = open(id);
    // A graph is read and checked when it is asked for: all of them are, used or not.
    snapshot.workflows.forEach(snapshot.graph);
    return snapshot;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
