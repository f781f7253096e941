/**
 * The thread that checks lines of the ledger before another comes to them, each by itself. It reads
 * no file and tells nobody what does not hold: whoever comes to those lines checks them again.
 */
import { workerData } from "node:worker_threads";
import { checkRecord } from "./check-record.ts";
import { CheckedPieces, type Measures } from "./shared-pieces.ts";

export interface CheckWork {
  readonly memory: SharedArrayBuffer;
  readonly measures: Measures;
}

const NEWLINE = 0x0a;

function holds(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start < buffer.length; ) {
    const newline = buffer.indexOf(NEWLINE, start);
    if (newline < 0) return false;
    const line = buffer.subarray(start, newline + 1);
    if ("problem" in checkRecord({ bytes: line, file: "", line: 0, position: start })) return false;
    start = newline + 1;
  }
  return true;
}

const { memory, measures } = workerData as CheckWork;
new CheckedPieces(memory, measures).checkAll(holds);
