/**
 * Judges traces as their lines are read from a ledger: each, where it closes, has its own
 * fingerprint and is a walk. It remembers the records of what is open and nothing of what has
 * closed; it tells, and changes nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import type { LedgerRecord, OpenedBody } from "../../protocol/language/records.ts";
import { isLone } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { fingerprintFrom, isHappened } from "../fingerprint.ts";
import type { Snapshot } from "../ports.ts";
import { type EvidencePlace, type EvidenceProblem, problemAt } from "./problem.ts";
import { missteps } from "./walk.ts";

export interface TraceCheckOptions {
  /** Where it is given, paths are held against the graphs of the snapshots that are at hand. */
  readonly snapshot?: ((id: Digest) => Snapshot) | undefined;
  readonly tell: (problem: EvidenceProblem) => void;
}

/** Takes the records of a ledger in order, each with its place. */
export type TraceCheck = (record: LedgerRecord, place: EvidencePlace) => void;

interface Gathered {
  readonly records: LedgerRecord[];
  readonly places: EvidencePlace[];
}

export function traceCheck({ snapshot, tell }: TraceCheckOptions): TraceCheck {
  const open = new Map<string, Gathered>();
  const graph = graphSource(snapshot);
  return (record, { file, line, position }) => {
    if (isLone(record)) return;
    const trace = open.get(record.trace) ?? { records: [], places: [] };
    open.set(record.trace, trace);
    trace.records.push(record);
    // Not the line itself: its bytes are part of a larger piece of the file.
    trace.places.push({ file, line, position });
    if (record.type !== "closed") return;
    open.delete(record.trace);
    judge(trace, graph, tell);
  };
}

function judge(
  { records, places }: Gathered,
  graph: (opened: OpenedBody) => Graph | undefined,
  tell: TraceCheckOptions["tell"],
): void {
  const [opened] = records;
  const closed = records.at(-1);
  const end = places.at(-1);
  if (opened?.type !== "opened" || closed?.type !== "closed" || end === undefined) return;
  if (ownFingerprint(opened, records) !== closed.fingerprint) {
    tell(problemAt(end, "chain/fingerprint", "the fingerprint is not the records' own"));
  }
  for (const { record, code, message } of missteps(records, graph(opened))) {
    tell(problemAt(places[records.indexOf(record)] ?? end, code, message));
  }
}

function ownFingerprint(opened: OpenedBody, records: readonly LedgerRecord[]): Digest {
  const fingerprint = fingerprintFrom(opened);
  for (const record of records) {
    if (isHappened(record)) fingerprint.add(record);
  }
  return fingerprint.digest();
}

/** A snapshot that is missing or was changed is told by those who need it; here it is left out. */
function graphSource(
  snapshot: TraceCheckOptions["snapshot"],
): (opened: OpenedBody) => Graph | undefined {
  const known = new Map<string, Graph | undefined>();
  return (opened) => {
    const name = `${opened.snapshot} ${opened.workflow}`;
    if (!known.has(name)) known.set(name, graphOf(snapshot, opened));
    return known.get(name);
  };
}

function graphOf(snapshot: TraceCheckOptions["snapshot"], opened: OpenedBody): Graph | undefined {
  try {
    const sealed = snapshot?.(opened.snapshot);
    return sealed?.workflows.includes(opened.workflow) ? sealed.graph(opened.workflow) : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
