/**
 * The trace files of a folder as one body of records, in ledger order. Each is verified by itself;
 * two that claim one position of a ledger cannot both be of it, and are refused.
 */
import { isTraceId } from "../../protocol/language/names.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files } from "../ports.ts";
import { projectedPath } from "../traces/project.ts";
import { type EvidenceProblem, problemList } from "./problem.ts";
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
    .names(tracesFolder)
    .filter((name) => isTraceId(name))
    .map((name) => projectedPath(tracesFolder, name, "jsonl"))
    .filter((path) => files.standing(path)?.kind === "file");
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
