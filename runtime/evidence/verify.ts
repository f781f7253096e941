/**
 * Verifies a data root as a whole: the ledger's chains and completeness, every snapshot that it
 * names, every projection, and, where asked, the stored state. All that does not hold is named; it
 * needs no lock and changes nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { ledgerFolder } from "../ledger/segments.ts";
import type { Files, Snapshot } from "../ports.ts";
import { graphNamed } from "../snapshot/undo-graph.ts";
import type { Paint } from "../traces/project.ts";
import { decisionCheck } from "./decision-check.ts";
import { deliveryCheck } from "./delivery-check.ts";
import { type LedgerSource, noLedger, truncated } from "./ledger-source.ts";
import { type EvidenceProblem, type ProblemList, problemList, problemOf } from "./problem.ts";
import { ledgerSize, type Progress, progressOf } from "./progress.ts";
import { requireReadable } from "./readable-root.ts";
import { type LedgerScan, type ScanOptions, scanLedger } from "./scan-ledger.ts";
import { appliedIn, durableIn } from "./stored-state.ts";
import { traceCheck } from "./trace-check.ts";
import { type OpenLines, type OpenWait, openLines, verifyOpen } from "./verify-open.ts";
import { verifyState } from "./verify-state.ts";
import { isProjected, type TraceChecks, verifyNoOthers, verifyTrace } from "./verify-traces.ts";

export interface VerifyOptions {
  readonly files: Files;
  readonly dataRoot: string;
  /** Undefined: projections are not looked at. */
  readonly tracesFolder: string | undefined;
  /** Other data roots may have their traces there: what this ledger does not know is counted only. */
  readonly isTracesFolderShared?: boolean;
  /** Throws a refusal for a snapshot that is missing or was changed. */
  readonly snapshot: (id: Digest) => Snapshot;
  /** Undefined: pictures are not painted again to be compared. */
  readonly paint: Paint | undefined;
  /** Whether the stored state is compared with the fold of the ledger. */
  readonly state: boolean;
  /** Whether ended traces are judged by the ledger's own lines where their files are not looked at. */
  readonly conformance?: boolean;
  readonly progress?: Progress;
  /** A folder of one's own for what memory should not hold; the caller removes it. */
  readonly scratch?: string;
}

export interface Verification {
  readonly ok: boolean;
  readonly checked: {
    readonly records: number;
    readonly traces: number;
    readonly snapshots: number;
    readonly state_keys: number;
  };
  /**
   * Traces that have ended and have no files: those were left out, or a writer has not come to them.
   * No fault by itself; `pgs rebuild` makes them. Zero where files were not looked at.
   */
  readonly unprojected: number;
  /** Traces in a shared folder that the ledger does not know: another data root's, or cut from it. */
  readonly others: number;
  readonly conformance: Conforming;
  readonly problems: readonly EvidenceProblem[];
  /**
   * Bytes behind the last record: what was being written when the writer stopped, and nobody was told
   * of. The next start cuts them off. No fault by itself.
   */
  readonly torn: number;
  /** Traces that have not ended. No fault by itself. */
  readonly open: readonly string[];
  /**
   * What those of them stand at that wait: for a signal, a time, the answer of a call. The others go
   * on when the data root is opened next.
   */
  readonly waiting: readonly OpenWait[];
}

/** Traces that have ended, by how it was judged that each is a possible run. */
export interface Conforming {
  /** Against the sealed graph that it went under. */
  readonly by_graph: number;
  /** Its snapshot is not at hand: that each step begins where another one led, and no more. */
  readonly without_graph: number;
  /** Not at all: nobody asked for it, or its file does not hold, which is a problem of its own. */
  readonly not_judged: number;
}

export async function verify(options: VerifyOptions): Promise<Verification> {
  const { files, dataRoot } = options;
  requireDataRoot(files, dataRoot);
  const problems = problemList();
  const snapshots = snapshotCheck(options, problems);
  // Read first: a writer that is at work may store more while the ledger is read.
  const applied = appliedIn(files, statePath(dataRoot));
  const durable = durableIn(files, statePath(dataRoot));
  const { counts, last, torn, open, waiting } = await verifyLedger(options, {
    problems,
    snapshots,
    durable,
  });
  if (applied > last) problems.add(truncated(dataRoot, applied, last));
  const state = options.state
    ? verifyState(stateSource(options), await deliveryCheck(snapshots.open))
    : undefined;
  state?.problems.forEach(problems.add);
  const found = problems.problems();
  return {
    ok: found.length === 0,
    checked: {
      records: counts.records,
      traces: counts.traces,
      snapshots: snapshots.count(),
      state_keys: state?.keys ?? 0,
    },
    unprojected: counts.unprojected,
    others: counts.others,
    conformance: conformanceIn(counts),
    problems: found,
    torn,
    open,
    waiting,
  };
}

/** What the scan remembers of every trace is gone when this returns. */
async function verifyLedger(
  options: VerifyOptions,
  {
    problems,
    snapshots,
    durable,
  }: Pick<Against, "problems" | "snapshots"> & Pick<ScanOptions, "durable">,
): Promise<Read> {
  const { files, dataRoot, tracesFolder, paint } = options;
  const bare = new Set<string>();
  const scan = scanLedger({
    files,
    dataRoot,
    problems,
    durable,
    steps: (trace) => bare.has(trace),
  });
  const judged = { byGraph: 0, withoutGraph: 0 };
  const tally = (byGraph: boolean) => {
    judged[byGraph ? "byGraph" : "withoutGraph"] += 1;
  };
  const traces: TraceChecks | undefined =
    tracesFolder === undefined
      ? undefined
      : { files, tracesFolder, problems, snapshot: snapshots.open, paint, judged: tally };
  const lines = openLines(files);
  const against = { problems, snapshots, bare, traces, lines, tally };
  const counts = { ...(await verifyRecords(options, scan, against)), ...judged };
  const torn = scan.torn();
  const waiting = await verifyOpen(lines, { problems, snapshot: snapshots.open, traces, torn });
  return { counts, last: scan.last(), torn, open: scan.open(), waiting };
}

interface Read {
  readonly counts: Counts & Judged;
  readonly last: number;
  readonly torn: number;
  readonly open: readonly string[];
  readonly waiting: readonly OpenWait[];
}

function stateSource({ files, dataRoot, scratch }: VerifyOptions): LedgerSource {
  return scratch === undefined ? { files, dataRoot } : { files, dataRoot, scratch };
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
  /** Traces without files that are being read: they are judged by the ledger's own lines. */
  readonly bare: Set<string>;
  /** Undefined: trace files are not looked at. */
  readonly traces: TraceChecks | undefined;
  readonly lines: OpenLines;
  readonly tally: (byGraph: boolean) => void;
}

interface Judged {
  readonly byGraph: number;
  readonly withoutGraph: number;
}

function conformanceIn({ ended, byGraph, withoutGraph }: Counts & Judged): Conforming {
  const not_judged = ended - byGraph - withoutGraph;
  return { by_graph: byGraph, without_graph: withoutGraph, not_judged };
}

/** Lines of open traces that are held in memory to be judged where the traces end. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

interface Counts {
  readonly ended: number;
  readonly records: number;
  readonly traces: number;
  readonly unprojected: number;
  readonly others: number;
}

async function verifyRecords(
  options: VerifyOptions,
  scan: LedgerScan,
  { problems, snapshots, bare, traces: checks, lines, tally }: Against,
): Promise<Counts> {
  const { files, dataRoot } = options;
  const count = progressOf(options.progress, ledgerSize(files, dataRoot));
  const judge = traceCheck({
    snapshot: snapshots.open,
    tell: problems.add,
    judged: tally,
    held: { bytesMax: HELD_BYTES_MAX, again: lines.again },
  });
  const isBare = (trace: string) =>
    checks === undefined ? options.conformance === true : !isProjected(checks, trace);
  const decisions = decisionCheck({
    snapshot: snapshots.open,
    tell: problems.add,
    holderOf: scan.session,
  });
  const counts = { records: 0, traces: 0, ended: 0, unprojected: 0, others: 0 };
  for (const { record, link, raw } of scan.lines) {
    counts.records += 1;
    count(raw.bytes.length);
    lines.take(link, raw);
    const deciding = record === undefined ? undefined : decisions.take(record, raw);
    if (deciding !== undefined) await deciding;
    if (record !== undefined && record.type !== "opened" && "snapshot" in record) {
      snapshots.check(record);
    }
    if (record?.type === "migrated") {
      for (const snapshot of [record.from, record.to_snapshot]) {
        snapshots.check({ trace: record.trace, snapshot });
      }
    }
    if (record?.type === "opened") {
      counts.traces += 1;
      snapshots.check(record);
      if (isBare(record.trace)) bare.add(record.trace);
    }
    if (record !== undefined && bare.has(record.trace)) judge(record, raw);
    if (record?.type !== "closed") continue;
    counts.ended += 1;
    const wasBare = bare.delete(record.trace);
    if (checks === undefined) continue;
    if (wasBare) counts.unprojected += 1;
    else await verifyTrace(checks, link);
  }
  if (checks !== undefined) {
    counts.others = verifyNoOthers(checks, scan.has, options.isTracesFolderShared === true);
  }
  return counts;
}

/** A record that names a snapshot, and what would run under it. */
interface Named {
  readonly trace: string;
  readonly snapshot: Digest;
  readonly workflow?: FullName | null;
  readonly changed_capabilities?: readonly string[];
}

interface SnapshotCheck {
  readonly check: (record: Named) => void;
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
      const { workflow = null, changed_capabilities: changed } = record;
      if (changed !== undefined && !(found instanceof Refusal)) unsealed(record, found, problems);
      if (found instanceof Refusal || workflow === null) return;
      if (found.workflows.includes(workflow) || graphNamed(found, workflow) !== undefined) return;
      const message = `trace \`${record.trace}\` names \`${workflow}\`, which snapshot ${record.snapshot} does not have`;
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

/** What differed from the snapshot was sealed in it. */
function unsealed(
  { trace, changed_capabilities: changed = [] }: Named,
  { id, capabilities }: Snapshot,
  problems: ProblemList,
): void {
  const names = new Set(capabilities.map(({ implementation }) => implementation));
  const other = changed.find((name) => !names.has(name));
  if (other === undefined) return;
  const message = `trace \`${trace}\` says that \`${other}\` had changed, which snapshot ${id} does not have`;
  problems.add(problemOf(null, "snapshot/unknown-capability", message));
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
