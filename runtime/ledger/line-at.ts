/**
 * Single lines of a segment, found by where they stand. Which line of the file one is, is counted
 * only when somebody asks: that reads all that stands before it.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { problemAt, problemOf } from "../evidence/problem.ts";
import type { RawLine } from "../evidence/raw-lines.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { checkRecord } from "./check-record.ts";
import { LedgerFault } from "./fault.ts";
import { linesEnd } from "./room.ts";
import { segmentPath } from "./segments.ts";

const NEWLINE = 0x0a;
const PIECE_BYTES = 4 * 1024 * 1024;
const WINDOW_BYTES = 16 * 1024;

/** Bytes that stand at a position of a file, as a line. */
export function lineAt(
  files: Files,
  path: string,
  { bytes, position }: Pick<RawLine, "bytes" | "position">,
): RawLine {
  return new PlacedLine(files, path, bytes, position);
}

/** A class, since a getter of a literal is made anew with every one of many. */
class PlacedLine implements RawLine {
  readonly #files: Files;

  constructor(
    files: Files,
    readonly file: string,
    readonly bytes: Uint8Array,
    readonly position: number,
  ) {
    this.#files = files;
  }

  get line(): number {
    return 1 + linesBefore(this.#files, this.file, this.position);
  }
}

function linesBefore(files: Files, path: string, position: number): number {
  let count = 0;
  for (let offset = 0; offset < position; offset += PIECE_BYTES) {
    const piece = files.readAt(path, offset, Math.min(PIECE_BYTES, position - offset));
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) count += 1;
  }
  return count;
}

/** The record that ends at a position, verified by itself; undefined at the beginning of all. */
export function recordBefore(
  files: Files,
  dataRoot: string,
  { n, segment, offset }: LedgerPosition,
): LedgerRecord | undefined {
  if (n === 0) return undefined;
  const path = segmentPath(dataRoot, offset === 0 ? segment - 1 : segment);
  const end = offset === 0 ? linesEnd(files, path) : offset;
  const raw = lineAt(files, path, lastLine(files, path, end));
  const checked = checkRecord(raw);
  if ("problem" in checked) throw new LedgerFault(checked.problem);
  if (checked.record.n === n) return checked.record;
  const message = `expected record ${n} to end at byte ${end}, found record ${checked.record.n}`;
  throw new LedgerFault(problemAt(raw, "ledger/gap", message));
}

/** The bytes behind the last newline but one that stands before `end`. */
function lastLine(files: Files, path: string, end: number): Pick<RawLine, "bytes" | "position"> {
  for (let size = WINDOW_BYTES; ; size *= 8) {
    const from = Math.max(0, end - size);
    const bytes = files.readAt(path, from, end - from);
    const newline = bytes.length < 2 ? -1 : bytes.lastIndexOf(NEWLINE, bytes.length - 2);
    if (newline >= 0) return { bytes: bytes.subarray(newline + 1), position: from + newline + 1 };
    if (from === 0) return { bytes, position: 0 };
    if (bytes.length > LIMITS.recordBytesMax) {
      const message = `no line of at most ${LIMITS.recordBytesMax} bytes ends at byte ${end}`;
      throw new LedgerFault(problemOf(path, "line/too-long", message));
    }
  }
}
