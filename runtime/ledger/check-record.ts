/**
 * A line of the ledger by itself: what stands before and after it is not asked. What holds here is a
 * record that can be folded.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { checkLine } from "../evidence/check-line.ts";
import { type EvidenceProblem, problemAt } from "../evidence/problem.ts";
import type { RawLine } from "../evidence/raw-lines.ts";
import { unfoldable } from "../state/fold.ts";

export function checkRecord(
  raw: RawLine,
): { readonly record: LedgerRecord } | { readonly problem: EvidenceProblem } {
  const checked = checkLine(raw);
  if (checked.problem !== undefined) return { problem: checked.problem };
  const { record } = checked;
  const missing = unfoldable(record);
  if (missing === undefined) return { record };
  const message = `the record's member \`${missing}\` is not what it must be`;
  return { problem: problemAt(raw, "line/members", message) };
}

/** What a line says of which `checkRecord` found, in these very bytes, that it holds. */
export function saidBy(bytes: Uint8Array): LedgerRecord {
  const { buffer, byteOffset, byteLength } = bytes;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as LedgerRecord;
}
