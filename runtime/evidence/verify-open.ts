/**
 * Traces that a ledger begins and does not end: each is a possible beginning of a run, waits for what
 * its records say, and its files tell no more than the ledger does. That it has not ended is no fault.
 * Their lines are read again by their places: what is open may be most of a ledger, and memory holds
 * one trace at a time.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Files } from "../ports.ts";
import { standingOf } from "../traces/standing.ts";
import { checkLine } from "./check-line.ts";
import type { StandingAt } from "./examination.ts";
import { standingAt } from "./examine-waits.ts";
import { type EvidencePlace, problemAt } from "./problem.ts";
import type { RawLine } from "./raw-lines.ts";
import type { TraceLink } from "./skim.ts";
import { type Gathered, type GraphSource, graphSource } from "./trace-check.ts";
import { isProjected, type TraceChecks, verifyOpenTrace } from "./verify-traces.ts";
import { misstep } from "./walk.ts";

/** What an open execution waits for. */
export interface OpenWait extends StandingAt {
  readonly trace: string;
}

export interface OpenLines {
  /** Takes note of where a line stands; forgets those of a trace that ends, with the next line. */
  readonly take: (link: TraceLink, raw: RawLine) => void;
  /** Where the lines of the traces stand that have not ended. */
  readonly open: () => Iterable<readonly [trace: string, places: readonly number[]]>;
  /** The records of a trace that is open, or ended with the last line, as far as they hold. */
  readonly again: (trace: string) => Gathered;
  /** Whether lines were added behind the last one that was noted, and behind torn bytes. */
  readonly hasGrown: (torn: number) => boolean;
  readonly files: Files;
  /** The file of a place, by its number there. */
  readonly paths: readonly string[];
}

/** A place in as many numbers: file, line, position, length. */
const NUMBERS = 4;

export function openLines(files: Files): OpenLines {
  const open = new Map<string, number[]>();
  const paths: string[] = [];
  let end = 0;
  let ended: string | undefined;
  const again = (trace: string) => readAgain({ files, paths }, open.get(trace) ?? []);
  return {
    take({ trace, type, seq }, { file, line, position, bytes }) {
      if (paths.at(-1) !== file) paths.push(file);
      end = position + bytes.length;
      if (ended !== undefined) open.delete(ended);
      ended = type === "closed" ? trace : undefined;
      if (seq === 1 && type !== "opened") return;
      const places = open.get(trace);
      const place = [paths.length - 1, line, position, bytes.length] as const;
      if (places === undefined) open.set(trace, [...place]);
      else places.push(...place);
    },
    open: () => {
      if (ended !== undefined) open.delete(ended);
      return open;
    },
    again,
    hasGrown: (torn) => {
      const last = paths.at(-1);
      return last !== undefined && (files.readAt(last, end + torn, 1)[0] ?? 0) > 0;
    },
    files,
    paths,
  };
}

export interface OpenChecks extends Pick<TraceChecks, "problems" | "snapshot"> {
  /** Undefined: trace files are not looked at. */
  readonly traces: TraceChecks | undefined;
  readonly torn: number;
}

/** Judges what has not ended, and gives what it waits for. */
export async function verifyOpen(
  lines: OpenLines,
  checks: OpenChecks,
): Promise<readonly OpenWait[]> {
  const waits: OpenWait[] = [];
  const graph = graphSource(checks.snapshot);
  const mayBeAhead = lines.hasGrown(checks.torn);
  for (const [trace, numbers] of lines.open()) {
    const { records, places } = readAgain(lines, numbers);
    if (records.length * NUMBERS !== numbers.length) continue;
    judge({ records, places }, graph, checks);
    for (const one of standingOf(records)) waits.push({ trace, ...standingAt(one) });
    const { traces } = checks;
    if (traces === undefined || !isProjected(traces, trace)) continue;
    await verifyOpenTrace(traces, { trace, records, mayBeAhead });
  }
  return waits;
}

/** What does not hold was told when it was read first, and ends what is read again. */
function readAgain(
  { files, paths }: Pick<OpenLines, "files" | "paths">,
  numbers: readonly number[],
): Gathered {
  const records: LedgerRecord[] = [];
  const places: EvidencePlace[] = [];
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    const [path = 0, line = 0, position = 0, length = 0] = numbers.slice(at, at + NUMBERS);
    const place = { file: paths[path] ?? "", line, position };
    const checked = checkLine({ ...place, bytes: files.readAt(place.file, position, length) });
    if (checked.problem !== undefined) break;
    records.push(checked.record);
    places.push(place);
  }
  return { records, places };
}

function judge(
  { records, places }: Gathered,
  graph: GraphSource,
  { problems }: Pick<OpenChecks, "problems">,
): void {
  const [opened] = records;
  const last = places.at(-1);
  if (opened?.type !== "opened" || last === undefined) return;
  const wrong = misstep(records, (snapshot) => graph(snapshot, opened.workflow));
  if (wrong === undefined) return;
  problems.add(problemAt(places[records.indexOf(wrong.record)] ?? last, wrong.code, wrong.message));
}
