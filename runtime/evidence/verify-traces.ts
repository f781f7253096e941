/**
 * The folders of traces, held against the ledger: every trace that closed has its files, and they
 * are what a projection would give now. The last hash of a chain speaks for all of it, so that a
 * trace file whose chain holds and ends in the ledger's hash is the ledger's lines, byte for byte.
 */

import { basename, join } from "node:path";
import type { Digest } from "../../protocol/language/digest.ts";
import { type LedgerRecord, snapshotOf } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { fingerprintOf, isHappened } from "../fingerprint.ts";
import type { Files, Snapshot } from "../ports.ts";
import {
  type Paint,
  PROJECTED,
  type Projected,
  type Projection,
  projectedPath,
  projectTrace,
  underOf,
} from "../traces/project.ts";
import { type ProblemList, problemAt, problemOf } from "./problem.ts";
import { linesOfFile } from "./raw-lines.ts";
import { readTrace, type TraceReading } from "./read-trace.ts";
import { graphIn } from "./trace-check.ts";
import { misplacedIn, traceFilesIn } from "./trace-files.ts";
import { misstep } from "./walk.ts";

export interface TraceChecks {
  readonly files: Files;
  readonly tracesFolder: string;
  readonly problems: ProblemList;
  /** Throws a refusal for a snapshot that is missing or was changed. */
  readonly snapshot: (id: Digest) => Snapshot;
  /** Undefined: pictures are not painted again; that they are there is still checked. */
  readonly paint: Paint | undefined;
  /** Called for each trace that has ended and was judged: whether its graph was at hand. */
  readonly judged: (byGraph: boolean) => void;
}

/** A trace that closed, as the ledger ends it. */
export interface ClosedTrace {
  readonly trace: string;
  readonly hash: Digest;
}

/** Whether anything stands where a trace has its files: in bulk they may have been left out. */
export function isProjected({ files, tracesFolder }: TraceChecks, trace: string): boolean {
  return files.standing(join(tracesFolder, trace)) !== undefined;
}

export async function verifyTrace(checks: TraceChecks, closed: ClosedTrace): Promise<void> {
  const { files, tracesFolder, problems } = checks;
  const { trace } = closed;
  const missing = missingOf(checks, trace);
  if (missing.includes("jsonl")) return;
  const path = projectedPath(tracesFolder, trace, "jsonl");
  const reading = readTrace(linesOfFile(files, path), path);
  reading.problems.forEach(problems.add);
  if (reading.problems.length > 0) return;
  if (reading.records.at(-1)?.hash !== closed.hash) {
    const message = "its chain holds, but the ledger ends this trace with another record";
    problems.add(problemOf(path, "trace/differs-from-ledger", message));
    return;
  }
  await verifyContents(checks, reading, missing);
}

/** A trace that has not ended, as the ledger tells it. */
export interface OpenTraceRecords {
  readonly trace: string;
  readonly records: readonly LedgerRecord[];
  /** Whether a writer may have written more meanwhile than was read. */
  readonly mayBeAhead: boolean;
}

/** Its files are of where it waited last: a writer that was stopped may have left them behind. */
export async function verifyOpenTrace(
  checks: TraceChecks,
  { trace, records, mayBeAhead }: OpenTraceRecords,
): Promise<void> {
  const { files, tracesFolder, problems } = checks;
  const missing = missingOf(checks, trace);
  if (missing.includes("jsonl")) return;
  const path = projectedPath(tracesFolder, trace, "jsonl");
  const reading = readTrace(linesOfFile(files, path), path);
  const broken = reading.problems.filter(({ code }) => code !== "trace/open");
  broken.forEach(problems.add);
  if (broken.length > 0) return;
  const count = Math.min(reading.records.length, records.length);
  const isAhead = reading.records.length > records.length && !mayBeAhead;
  if (isAhead || reading.records[count - 1]?.hash !== records[count - 1]?.hash) {
    const message = "its chain holds, but it is not how the ledger begins this trace";
    problems.add(problemOf(path, "trace/differs-from-ledger", message));
    return;
  }
  if (reading.records.length > records.length) return;
  await verifyProjection(checks, reading, missing);
}

/** The files of a trace that are not there, each of them told. */
function missingOf(
  { files, tracesFolder, problems }: TraceChecks,
  trace: string,
): readonly Projected[] {
  const missing = PROJECTED.filter(
    (file) => files.standing(projectedPath(tracesFolder, trace, file))?.kind !== "file",
  );
  for (const file of missing) {
    const path = projectedPath(tracesFolder, trace, file);
    problems.add(problemOf(path, "projection/missing", "the file is not there"));
  }
  return missing;
}

async function verifyContents(
  checks: TraceChecks,
  reading: TraceReading,
  missing: readonly Projected[],
): Promise<void> {
  const { problems } = checks;
  const { records, places } = reading;
  const [opened] = records;
  const closed = records.at(-1);
  const place = places.at(-1);
  if (opened?.type !== "opened" || closed?.type !== "closed" || place === undefined) return;
  if (fingerprintOf({ opened, steps: records.filter(isHappened) }) !== closed.fingerprint) {
    problems.add(problemAt(place, "chain/fingerprint", "the fingerprint is not the records' own"));
  }
  try {
    const graph = (id: Digest) => graphIn(checks.snapshot, id, opened.workflow);
    checks.judged(graph(opened.snapshot) !== undefined);
    const wrong = misstep(records, graph);
    if (wrong !== undefined) {
      const { record, code, message } = wrong;
      problems.add(problemAt(places[records.indexOf(record)] ?? place, code, message));
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A snapshot that is not at hand is a problem of its own, told once where snapshots are read.
  }
  await verifyProjection(checks, reading, missing);
}

async function verifyProjection(
  checks: TraceChecks,
  { records, file }: TraceReading,
  missing: readonly Projected[],
): Promise<void> {
  const [opened] = records;
  if (opened?.type !== "opened") return;
  try {
    const last = snapshotOf(records) ?? opened.snapshot;
    const under = underOf(checks.snapshot(last), opened.workflow);
    const paint = checks.paint ?? (async () => new Uint8Array());
    const lines = checks.files.read(file);
    const projection = await projectTrace({ lines, records }, under, paint);
    compare(checks, opened.trace, { projection, missing });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A snapshot that is not at hand is a problem of its own, told once where snapshots are read.
  }
}

interface Made {
  readonly projection: Projection;
  readonly missing: readonly Projected[];
}

function compare(checks: TraceChecks, trace: string, { projection, missing }: Made): void {
  const { files, tracesFolder, problems, paint } = checks;
  for (const file of PROJECTED) {
    const skipped = file === "png" && paint === undefined;
    if (file === "jsonl" || skipped || missing.includes(file)) continue;
    const path = projectedPath(tracesFolder, trace, file);
    const found = files.read(path);
    const line = firstOtherLine(found, projection[file]);
    if (line === undefined) continue;
    const message = "it is not what a projection of its trace gives: `pgs rebuild` makes it again";
    const problem = problemOf(path, "projection/differs", message);
    problems.add(file === "png" ? problem : { ...problem, ...line });
  }
}

/** Where two texts first differ; undefined where they do not. */
function firstOtherLine(
  found: Uint8Array,
  expected: Uint8Array,
): { readonly line: number; readonly position: number } | undefined {
  const [a, b] = [Buffer.from(found), Buffer.from(expected)];
  if (a.equals(b)) return undefined;
  let position = 0;
  while (position < a.length && a[position] === b[position]) position += 1;
  const line = a.subarray(0, position).toString("latin1").split("\n").length;
  return { line, position };
}

/**
 * Traces that the ledger does not know, cut off from it or another data root's, and strange files.
 * Gives how many of the former there are where they are allowed, and are no problem then.
 */
export function verifyNoOthers(
  { files, tracesFolder, problems }: TraceChecks,
  has: (trace: string) => boolean,
  areAllowed: boolean,
): number {
  misplacedIn(files, tracesFolder).forEach(problems.add);
  let others = 0;
  for (const path of traceFilesIn(files, tracesFolder)) {
    if (has(basename(path, ".jsonl"))) continue;
    others += 1;
    if (areAllowed) continue;
    const message = "the ledger has no record of this trace: it was cut, or is another data root's";
    problems.add(problemOf(path, "trace/not-in-ledger", message));
  }
  return areAllowed ? others : 0;
}
