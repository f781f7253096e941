/**
 * One trace, read from the ledger where no file of it stands. The stored index says where to begin
 * and to end; where it says nothing, or what it says does not hold, the ledger is read from its
 * beginning. Only the trace's own lines are judged, as those of a trace file are.
 */
import { statePath } from "../data-root.ts";
import { lastSegment, ledgerFolder, segmentPath } from "../ledger/segments.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import type { SqliteStore } from "../state/sqlite.ts";
import { placeIn } from "./check-line.ts";
import { linesOfFile, type RawLine } from "./raw-lines.ts";
import { readTrace, type TraceReading } from "./read-trace.ts";
import { requireReadable } from "./readable-root.ts";
import { fromStateNow } from "./stored-state.ts";

/** The trace as `readTrace` gives it; undefined where the ledger has no line of it. */
export function traceInLedger(
  files: Files,
  dataRoot: string,
  trace: string,
): TraceReading | undefined {
  requireReadable(files, dataRoot);
  const wanted = { files, dataRoot, trace };
  const known = rangeOf(wanted);
  const indexed = known && readWithin(wanted, known);
  const trusted = indexed !== undefined && holds(indexed, known?.last);
  const reading = trusted ? indexed : readWithin(wanted, EVERYWHERE);
  return known?.last === undefined ? reading : reading && ended(reading);
}

/** What the state knows to have ended is not open, whatever the ledger has lost. */
function ended(reading: TraceReading): TraceReading {
  const problems = reading.problems.map((problem) =>
    problem.code === "trace/open"
      ? { ...problem, code: "ledger/truncated", message: "the state knows an end of this trace" }
      : problem,
  );
  return { ...reading, problems };
}

/** An open trace has no end; what else does not hold may be the index's fault. */
function holds({ problems }: TraceReading, last: number | undefined): boolean {
  return problems.every(({ code }) => code === "trace/open" && last === undefined);
}

/** Where a trace's lines stand: from a place in the ledger to a position, or to the ledger's end. */
interface Range {
  readonly from: Pick<LedgerPosition, "segment" | "offset">;
  readonly last: number | undefined;
}

const EVERYWHERE: Range = Object.freeze({ from: { segment: 1, offset: 0 }, last: undefined });

/** What the index says. A trace that it does not know has begun behind what the state has applied. */
function rangeOf({ files, dataRoot, trace }: Wanted): Range | undefined {
  return fromStateNow(files, statePath(dataRoot), (store) => {
    const lone = aloneAt(store, trace);
    const row = lone === undefined ? store.execution(trace) : { first: lone, last: lone };
    const first = row?.first ?? (store.watermark()?.applied ?? 0) + 1;
    return { from: store.nearest(first), last: row?.last ?? undefined };
  });
}

/** Where a session was opened, or something refused: of starts and cuts there are few. */
function aloneAt(store: SqliteStore, trace: string): number | undefined {
  const session = store.session(trace);
  if (session !== undefined) return session.first;
  for (const row of store.rows("refusal")) if (row.trace === trace) return Number(row.first);
  return undefined;
}

interface Wanted {
  readonly files: Files;
  readonly dataRoot: string;
  readonly trace: string;
}

function readWithin(wanted: Wanted, range: Range): TraceReading | undefined {
  const reading = readTrace(linesWithin(wanted, range), ledgerFolder(wanted.dataRoot), "ledger");
  return reading.trace === null && reading.problems.every(({ line }) => line === null)
    ? undefined
    : reading;
}

/** The lines that say of themselves that they belong to the trace. */
function* linesWithin({ files, dataRoot, trace }: Wanted, range: Range): Generator<RawLine> {
  const { from, last } = range;
  const end = lastSegment(files, dataRoot);
  for (let segment = from.segment; segment <= end; segment += 1) {
    const path = segmentPath(dataRoot, segment);
    const offset = segment === from.segment ? from.offset : 0;
    for (const raw of linesOfFile(files, path, path, offset)) {
      const place = placeIn(raw.bytes);
      if (place !== undefined && last !== undefined && place.n > last) return;
      const isBeingWritten = segment === end && raw.bytes.at(-1) !== NEWLINE;
      if (place?.trace === trace && !isBeingWritten) yield raw;
    }
  }
}

const NEWLINE = 0x0a;
