/**
 * A trace file, read and verified: every line's hash, the chain, beginning and end. Everything that
 * shows traces builds on what this says; nothing is shown as evidence that it did not see.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { breakBefore, type Head, headOf, headStated } from "./chain.ts";
import { checkLine } from "./check-line.ts";
import {
  type EvidencePlace,
  type EvidenceProblem,
  problemAt,
  problemList,
  problemOf,
} from "./problem.ts";
import type { RawLine } from "./raw-lines.ts";

export interface TraceReading {
  readonly file: string;
  /** Files are made of what has ended; in a ledger, a trace without an end is open. */
  readonly from: "file" | "ledger";
  /** Null when no line of the file is a record. */
  readonly trace: string | null;
  /** The records whose hash is their own, in the order of the file. */
  readonly records: readonly LedgerRecord[];
  /** Where each of them stands. */
  readonly places: readonly EvidencePlace[];
  readonly problems: readonly EvidenceProblem[];
}

/** Reads the lines of one trace. A trace without an end is a problem: it is open, or was cut off. */
export function readTrace(
  lines: Iterable<RawLine>,
  file: string,
  from: TraceReading["from"] = "file",
): TraceReading {
  const list = problemList();
  const records: LedgerRecord[] = [];
  const places: EvidencePlace[] = [];
  let head: Head | undefined;
  let trace: string | null = null;
  let read = 0;
  let open = false;
  for (const raw of lines) {
    read += 1;
    open = false;
    const checked = checkLine(raw);
    if (checked.problem !== undefined) {
      list.add(checked.problem);
      if (checked.stated !== undefined) head = headStated(checked.stated);
      continue;
    }
    const { record } = checked;
    trace ??= record.trace;
    if (record.trace !== trace) {
      const message = `the record belongs to trace \`${record.trace}\`, not to \`${trace}\``;
      list.add(problemAt(raw, "chain/other-trace", message));
      continue;
    }
    const broken = breakBefore(head, record);
    if (broken !== undefined) list.add(problemAt(raw, broken.code, broken.message));
    head = headOf(record, head);
    open = !head.ended;
    records.push(record);
    places.push({ file: raw.file, line: raw.line, position: raw.position });
  }
  if (read === 0) list.add(problemOf(file, "trace/empty", "the file holds no record"));
  else if (open) list.add(problemOf(file, "trace/open", NO_END));
  return { file, from, trace, records, places, problems: list.problems() };
}

/** That an execution goes on is no fault of a ledger; a file without an end was cut off. */
export function isBroken({ code }: EvidenceProblem): boolean {
  return code !== "trace/open";
}

/**
 * Whether a trace without an end is one that has not ended. A file that ends where an execution waits
 * is whole: the next record may take months to come.
 */
export function isOpen({ from, problems, records }: TraceReading): boolean {
  const last = records.at(-1);
  if (last === undefined || problems.every(isBroken)) return false;
  return from === "ledger" || WAITING.has(last.type);
}

/** Behind these an execution may wait for as long as it takes. */
const WAITING: ReadonlySet<LedgerRecord["type"]> = new Set([
  "migrated",
  "retry",
  "signal",
  "timer",
]);

const NO_END = "the trace has no end: the execution is open, or its last records were cut off";
