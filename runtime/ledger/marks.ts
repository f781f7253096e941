/**
 * Marks: places in the ledger, one every so many bytes, from which a look for a record may begin. They
 * are a sparse index and no evidence: who has none begins at the beginning.
 */
import type { LedgerPosition } from "../ports.ts";

/** Marks that stand closer together would grow with history and find nothing sooner. */
export const MARK_BYTES = 64 * 1_024;

/** Whether a mark is worth having where the last one is that far away. */
export function isFar(last: LedgerPosition | undefined, now: LedgerPosition): boolean {
  if (last === undefined || last.segment !== now.segment) return now.n > 0;
  return now.offset - last.offset >= MARK_BYTES;
}
