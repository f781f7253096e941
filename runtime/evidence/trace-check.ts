/**
 * Judges traces as their lines are read from a ledger: each, where it closes, has its own
 * fingerprint and is a walk. It remembers nothing of what has closed, and of what is open the records
 * up to a bound: beyond it, those of a trace are read again where it closes. It changes nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { LedgerRecord, OpenedBody } from "../../protocol/language/records.ts";
import { isLone } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { fingerprintFrom, isHappened } from "../fingerprint.ts";
import type { Snapshot } from "../ports.ts";
import { graphNamed } from "../snapshot/undo-graph.ts";
import { type EvidencePlace, type EvidenceProblem, problemAt } from "./problem.ts";
import type { RawLine } from "./raw-lines.ts";
import { misstep } from "./walk.ts";

export interface TraceCheckOptions {
  /** Where it is given, paths are held against the graphs of the snapshots that are at hand. */
  readonly snapshot?: ((id: Digest) => Snapshot) | undefined;
  readonly tell: (problem: EvidenceProblem) => void;
  /** Called for each trace that was judged: whether its graph was at hand. */
  readonly judged?: (byGraph: boolean) => void;
  /** How records of open traces are bounded: so many bytes of lines; beyond, they are read again. */
  readonly held?: {
    readonly bytesMax: number;
    /** The trace that is about to close, read again as far as it holds. */
    readonly again: (trace: string) => Gathered;
  };
}

/** Takes the records of a ledger in order, each with its line. */
export type TraceCheck = (record: LedgerRecord, line: RawLine) => void;

export interface Gathered {
  readonly records: readonly LedgerRecord[];
  readonly places: readonly EvidencePlace[];
}

interface Gathering extends Gathered {
  readonly records: LedgerRecord[];
  readonly places: EvidencePlace[];
  bytes: number;
}

export function traceCheck(options: TraceCheckOptions): TraceCheck {
  const { held } = options;
  const bytesMax = held?.bytesMax ?? Number.POSITIVE_INFINITY;
  const open = new Map<string, Gathering | null>();
  const graph = graphSource(options.snapshot);
  let bytes = 0;
  return (record, { file, line, position, bytes: raw }) => {
    if (isLone(record)) return;
    const { trace } = record;
    const known = open.get(trace);
    let gathered = known === undefined ? { records: [], places: [], bytes: 0 } : known;
    if (gathered !== null) {
      gathered.records.push(record);
      // Not the line itself: its bytes are part of a larger piece of the file.
      gathered.places.push({ file, line, position });
      gathered.bytes += raw.length;
      bytes += raw.length;
    }
    if (gathered !== null && bytes > bytesMax && record.type !== "closed") {
      bytes -= gathered.bytes;
      gathered = null;
    }
    open.set(trace, gathered);
    if (record.type !== "closed") return;
    open.delete(trace);
    bytes -= gathered?.bytes ?? 0;
    const whole = gathered ?? held?.again(trace);
    if (whole !== undefined) judge(whole, graph, options);
  };
}

function judge(
  { records, places }: Gathered,
  graph: GraphSource,
  { tell, judged }: TraceCheckOptions,
): void {
  const [opened] = records;
  const closed = records.at(-1);
  const end = places.at(-1);
  if (opened?.type !== "opened" || closed?.type !== "closed" || end === undefined) return;
  if (ownFingerprint(opened, records) !== closed.fingerprint) {
    tell(problemAt(end, "chain/fingerprint", "the fingerprint is not the records' own"));
  }
  judged?.(graph(opened.snapshot, opened.workflow) !== undefined);
  const wrong = misstep(records, (snapshot) => graph(snapshot, opened.workflow));
  if (wrong === undefined) return;
  tell(problemAt(places[records.indexOf(wrong.record)] ?? end, wrong.code, wrong.message));
}

function ownFingerprint(opened: OpenedBody, records: readonly LedgerRecord[]): Digest {
  const fingerprint = fingerprintFrom(opened);
  for (const record of records) {
    if (isHappened(record)) fingerprint.add(record);
  }
  return fingerprint.digest();
}

/** The graph of a workflow under a snapshot; undefined where it is not at hand. */
export type GraphSource = (snapshot: Digest, workflow: FullName) => Graph | undefined;

/** A snapshot that is missing or was changed is told by those who need it; here it is left out. */
export function graphSource(snapshot: TraceCheckOptions["snapshot"]): GraphSource {
  const known = new Map<string, Graph | undefined>();
  return (id, workflow) => {
    const name = `${id} ${workflow}`;
    if (!known.has(name)) known.set(name, graphIn(snapshot, id, workflow));
    return known.get(name);
  };
}

/** The graph of a workflow; undefined where the snapshot is not at hand, was changed, or has it not. */
export function graphIn(
  snapshot: ((id: Digest) => Snapshot | undefined) | undefined,
  id: Digest,
  workflow: FullName,
): Graph | undefined {
  try {
    const sealed = snapshot?.(id);
    return sealed && graphNamed(sealed, workflow);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
