/**
 * How far the reading of a whole ledger has come, told now and then. It counts what was read; it
 * never guesses how long the rest will take.
 */
import { join } from "node:path";
import { ledgerFolder } from "../ledger/segments.ts";
import type { Files } from "../ports.ts";

/** Records that were read, their bytes, and the bytes of all that there is. */
export type Progress = (records: number, bytes: number, total: number) => void;

const EVERY = 4_096;

/** Counts lines by their bytes. A ledger that is being written may come to more than its total. */
export function progressOf(tell: Progress | undefined, total: number): (bytes: number) => void {
  if (tell === undefined) return () => {};
  let records = 0;
  let read = 0;
  return (bytes) => {
    records += 1;
    read += bytes;
    if (records % EVERY === 0) tell(records, read, total);
  };
}

/** The bytes of the segments that are there; whether one is missing is asked elsewhere. */
export function ledgerSize(files: Files, dataRoot: string): number {
  const folder = ledgerFolder(dataRoot);
  return files
    .names(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .reduce((total, name) => total + (files.standing(join(folder, name))?.bytes ?? 0), 0);
}
