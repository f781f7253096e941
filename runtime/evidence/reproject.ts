/**
 * Writes trace files that are missing or differ from what the ledger gives now, and leaves all
 * others alone. A trace whose snapshot is not at hand keeps its lines; its page and picture cannot
 * be made, which is told.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import { isLone, type LedgerRecord, snapshotOf } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Entry } from "../ledger/reader.ts";
import type { Files, Snapshot } from "../ports.ts";
import {
  type Paint,
  PROJECTED,
  type Projection,
  projectedPath,
  projectTrace,
  type TraceLines,
  traceFolder,
  underOf,
} from "../traces/project.ts";
import { entriesOf } from "./ledger-source.ts";
import { type ProblemList, problemOf } from "./problem.ts";

export interface ReprojectOptions {
  readonly files: Files;
  readonly dataRoot: string;
  readonly tracesFolder: string;
  readonly snapshot: (id: Digest) => Snapshot;
  readonly paint: Paint;
  readonly problems: ProblemList;
}

/** The paths that were written. */
export async function reproject(options: ReprojectOptions): Promise<readonly string[]> {
  const written: string[] = [];
  for (const trace of closedTraces(entriesOf(options))) {
    const projection = await projectionOf(options, trace);
    const [opened] = trace.records;
    if (projection === undefined || opened === undefined) continue;
    written.push(...writeDiffering(options, opened.trace, projection));
  }
  return written;
}

interface Gathered {
  readonly records: LedgerRecord[];
  readonly lines: Uint8Array[];
}

/** Each trace that closed, given out where it closes. */
function* closedTraces(entries: Iterable<Entry>): Generator<TraceLines> {
  const open = new Map<string, Gathered>();
  for (const { record, raw } of entries) {
    if (isLone(record)) continue;
    const trace = open.get(record.trace) ?? { records: [], lines: [] };
    open.set(record.trace, trace);
    trace.records.push(record);
    // A copy: the bytes are part of a larger piece of the file.
    trace.lines.push(Buffer.from(raw.bytes));
    if (record.type !== "closed") continue;
    open.delete(record.trace);
    yield { records: trace.records, lines: Buffer.concat(trace.lines) };
  }
}

async function projectionOf(
  { snapshot, paint, problems }: ReprojectOptions,
  trace: TraceLines,
): Promise<Projection | undefined> {
  const [opened] = trace.records;
  if (opened?.type !== "opened") return undefined;
  try {
    const last = snapshotOf(trace.records) ?? opened.snapshot;
    return await projectTrace(trace, underOf(snapshot(last), opened.workflow), paint);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problems.add(problemOf(null, error.code, `trace \`${opened.trace}\`: ${error.message}`));
    return undefined;
  }
}

function writeDiffering(
  { files, tracesFolder }: ReprojectOptions,
  trace: string,
  projection: Projection,
): readonly string[] {
  const differing = PROJECTED.filter((file) => {
    const path = projectedPath(tracesFolder, trace, file);
    if (files.standing(path)?.kind !== "file") return true;
    return !Buffer.from(files.read(path)).equals(projection[file]);
  });
  if (differing.length > 0) traceFolder(files, tracesFolder, trace);
  return differing.map((file) => {
    const path = projectedPath(tracesFolder, trace, file);
    files.project(path, projection[file]);
    return path;
  });
}
