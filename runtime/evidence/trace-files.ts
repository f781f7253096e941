/**
 * The trace files of a folder as one body of records, in ledger order. Each is verified by itself;
 * two that claim one position of a ledger cannot both be of it, and are refused. Only folders hold
 * traces: files beside them are nobody's business, unless they look like a trace.
 */
import { join } from "node:path";
import { isTraceId } from "../../protocol/language/names.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files } from "../ports.ts";
import { PROJECTED, projectedPath } from "../traces/project.ts";
import { type EvidenceProblem, problemList, problemOf } from "./problem.ts";
import { linesOfFile } from "./raw-lines.ts";
import { readTrace } from "./read-trace.ts";

export interface GatheredTraces {
  readonly records: readonly LedgerRecord[];
  /** Of files that do not hold, which were left out. */
  readonly problems: readonly EvidenceProblem[];
}

export function gatherTraces(files: Files, tracesFolder: string): GatheredTraces {
  const list = problemList();
  const records: LedgerRecord[] = [];
  misplacedIn(files, tracesFolder).forEach(list.add);
  for (const path of traceFilesIn(files, tracesFolder)) {
    const reading = readTrace(linesOfFile(files, path), path);
    reading.problems.forEach(list.add);
    if (reading.problems.length === 0) records.push(...reading.records);
  }
  records.sort((a, b) => a.n - b.n);
  refuseDoubles(records);
  return { records, problems: list.problems() };
}

/** The paths of the trace files in a folder, sorted by trace. */
export function traceFilesIn(files: Files, tracesFolder: string): readonly string[] {
  return files
    .names(requireFolder(files, tracesFolder))
    .filter((name) => isTraceId(name) && isFolder(files, join(tracesFolder, name)))
    .map((name) => projectedPath(tracesFolder, name, "jsonl"))
    .filter((path) => files.standing(path)?.kind === "file");
}

/** What looks like part of a trace and stands where no trace has it: nothing else would read it. */
export function misplacedIn(files: Files, tracesFolder: string): readonly EvidenceProblem[] {
  return files.names(requireFolder(files, tracesFolder)).flatMap((name) => {
    const path = join(tracesFolder, name);
    const kind = files.standing(path)?.kind;
    if (kind === "folder") return misplacedInTrace(files, path, name);
    if (kind === "other") return [problemOf(path, "trace/misplaced", "it is a link or a device")];
    return name.endsWith(TRACE_ENDING) ? [problemOf(path, "trace/misplaced", BESIDE)] : [];
  });
}

const TRACE_ENDING = ".jsonl";
const BESIDE = "a trace file stands in a folder of its own, which is named as the trace is";

function misplacedInTrace(files: Files, folder: string, trace: string): readonly EvidenceProblem[] {
  const names = files.names(folder);
  if (!isTraceId(trace)) {
    return names
      .filter((name) => name.endsWith(TRACE_ENDING))
      .map((name) => problemOf(join(folder, name), "trace/misplaced", BESIDE));
  }
  // A writer that was stopped may leave a file that it had begun to write aside.
  const known = new Set(
    PROJECTED.flatMap((file) => [`${trace}.${file}`, `${trace}.${file}.aside`]),
  );
  const message = `the folder of trace \`${trace}\` holds its own files and no others`;
  return names
    .filter((name) => !known.has(name))
    .map((name) => problemOf(join(folder, name), "trace/unknown-file", message));
}

function isFolder(files: Files, path: string): boolean {
  return files.standing(path)?.kind === "folder";
}

/** Traces that nobody wrote yet are no fault, nor is a link to where they lie; a file is. */
function requireFolder(files: Files, tracesFolder: string): string {
  if (files.standing(tracesFolder)?.kind !== "file") return tracesFolder;
  const message = `expected the traces \`${tracesFolder}\` to be a folder, found a file`;
  throw new Refusal("viability", "traces/not-a-folder", message);
}

function refuseDoubles(records: readonly LedgerRecord[]): void {
  const index = records.findIndex((record, at) => at > 0 && records[at - 1]?.n === record.n);
  const [one, other] = [records[index - 1], records[index]];
  if (one === undefined || other === undefined) return;
  throw new Refusal(
    "evidence",
    "trace/same-position",
    `traces \`${one.trace}\` and \`${other.trace}\` both claim ledger position ${one.n}`,
    { hint: "Put the traces of each data root into a folder of their own." },
  );
}
