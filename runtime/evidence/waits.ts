/**
 * What executions wait for, by trace and node, as records change it one after the other. What it was
 * not given of those that wait, it knows nothing of.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { WaitRow } from "../ports.ts";
import { foldWith } from "../state/fold.ts";

/** By trace and node. */
export type Waits = Map<string, Map<string, WaitRow>>;

export function waitsOf(rows: Iterable<WaitRow>): Waits {
  const waits: Waits = new Map();
  for (const row of rows) begin(waits, row);
  return waits;
}

function begin(waits: Waits, row: WaitRow): void {
  const rows = waits.get(row.trace);
  if (rows === undefined) waits.set(row.trace, new Map([[row.node, row]]));
  else rows.set(row.node, row);
}

export function takeWaits(waits: Waits, record: LedgerRecord): void {
  const isWaiting = (trace: string, node: string) => waits.get(trace)?.has(node) === true;
  const change = foldWith(record, isWaiting);
  if (change?.kind === "waits") begin(waits, change.row);
  if (change?.kind !== "woken") return;
  if (change.node === null) waits.delete(change.trace);
  else waits.get(change.trace)?.delete(change.node);
}
