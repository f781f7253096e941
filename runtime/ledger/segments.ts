/**
 * The files of a ledger: `<data-root>/ledger/00000001.jsonl` and on, without a gap, and the folder
 * `cut` beside them. Only the last segment is ever written to.
 */
import { join } from "node:path";
import { problemOf } from "../evidence/problem.ts";
import type { Files } from "../ports.ts";
import { LedgerFault } from "./fault.ts";

const DIGITS = 8;
const SEGMENT = /^([0-9]{8})\.jsonl$/;

export function ledgerFolder(dataRoot: string): string {
  return join(dataRoot, "ledger");
}

export function segmentName(segment: number): string {
  return `${String(segment).padStart(DIGITS, "0")}.jsonl`;
}

export function segmentPath(dataRoot: string, segment: number): string {
  return join(ledgerFolder(dataRoot), segmentName(segment));
}

/** Where bytes that were cut off are kept, relative to the ledger's folder. */
export function cutName(segment: number, offset: number): string {
  return `cut/${String(segment).padStart(DIGITS, "0")}-${offset}.bin`;
}

/** The number of the last segment; 0 where there is none. A gap is corruption. */
export function lastSegment(files: Files, dataRoot: string): number {
  const numbers = files
    .names(ledgerFolder(dataRoot))
    .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number);
  numbers.forEach((number, index) => {
    if (number === index + 1) return;
    const file = segmentPath(dataRoot, index + 1);
    throw new LedgerFault(problemOf(file, "ledger/missing-segment", "the segment is not there"));
  });
  return numbers.length;
}
