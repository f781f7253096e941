/**
 * The executions of a data root: the stored index, brought up to date from the ledger's end, since
 * the index is written lazily. It needs no lock; without an index it reads the whole ledger.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { statePath } from "../data-root.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { reaches, requireOwn } from "../ledger/own-state.ts";
import { BEGINNING, type ReadFrom, readLedger } from "../ledger/reader.ts";
import type { ExecutionRow, Files, Watermark } from "../ports.ts";
import { fold } from "../state/fold.ts";
import { executionOf } from "../state/sqlite.ts";
import { truncated } from "./ledger-source.ts";
import { requireReadable } from "./readable-root.ts";
import { fromStateNow } from "./stored-state.ts";

export interface ListOptions {
  readonly files: Files;
  readonly dataRoot: string;
  readonly workflow?: string | undefined;
  readonly outcome?: string | undefined;
  /** True: only those that have not ended; false: only those that have. */
  readonly open?: boolean | undefined;
}

/** The rows that fit all that is asked for, in the order in which the executions began. */
export function list(options: ListOptions): readonly ExecutionRow[] {
  const { workflow, outcome, open } = options;
  return [...executionsIn(options).values()]
    .filter(
      (row) =>
        (workflow === undefined || row.workflow === workflow) &&
        (outcome === undefined || row.outcome === outcome) &&
        (open === undefined || (row.last === null) === open),
    )
    .sort((a, b) => a.first - b.first);
}

function executionsIn({ files, dataRoot }: ListOptions): Map<string, ExecutionRow> {
  requireReadable(files, dataRoot);
  const { rows, watermark } = storedIndex(files, dataRoot);
  const applied = watermark?.applied ?? 0;
  // Reading on from there finds nothing, whether or not the end was cut off.
  if (watermark !== undefined) {
    if (!reaches(files, dataRoot, watermark.durable))
      throw new LedgerFault(truncated(dataRoot, applied));
    requireOwn(files, dataRoot, watermark);
  }
  const entries = readLedger(files, dataRoot, startOf(watermark));
  let next = entries.next();
  for (; next.done !== true; next = entries.next()) {
    const { record } = next.value;
    if (record.n > applied) take(rows, record);
  }
  if (next.value.end.n < applied) throw new LedgerFault(truncated(dataRoot, applied));
  return rows;
}

/** Traces that were open there have begun before what is read: their chains are not asked for. */
function startOf(watermark: Watermark | undefined): ReadFrom {
  if (watermark === undefined) return BEGINNING;
  return { ...watermark.durable, verified: Number.MAX_SAFE_INTEGER };
}

function take(rows: Map<string, ExecutionRow>, record: LedgerRecord): void {
  const change = fold(record);
  if (change?.kind === "opened") rows.set(change.row.trace, change.row);
  if (change?.kind !== "closed") return;
  const { kind: _, trace, ...end } = change;
  const row = rows.get(trace);
  if (row !== undefined) rows.set(trace, { ...row, ...end });
}

interface StoredIndex {
  readonly rows: Map<string, ExecutionRow>;
  readonly watermark: Watermark | undefined;
}

/** The watermark is read first: what is stored after it is only told again by the ledger. */
function storedIndex(files: Files, dataRoot: string): StoredIndex {
  const stored = fromStateNow(files, statePath(dataRoot), (store) => {
    const watermark = store.watermark();
    const rows = [...store.rows("execution")].map(executionOf);
    return { rows: new Map(rows.map((row) => [row.trace, row])), watermark };
  });
  return stored ?? { rows: new Map(), watermark: undefined };
}
