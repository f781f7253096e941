/**
 * A file as lines of bytes, each with its place, read in large pieces. It believes no length: a
 * line that is longer than a record may be is given out as far as it was read, and reading ends.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Files } from "../ports.ts";
import type { EvidencePlace } from "./problem.ts";

export interface RawLine extends EvidencePlace {
  /** With its newline; without one, the file ends here or the line is too long. */
  readonly bytes: Uint8Array;
}

const NEWLINE = 0x0a;
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * The lines of a file from a byte on, where a line begins. `file` is the name that the lines carry;
 * they are counted from where reading began.
 */
export function* linesOfFile(
  files: Files,
  path: string,
  file = path,
  from = 0,
): Generator<RawLine> {
  let rest: Uint8Array = new Uint8Array(0);
  let line = 1;
  let position = from;
  for (let offset = from; ; ) {
    const piece = files.readAt(path, offset, PIECE_BYTES);
    offset += piece.length;
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield { bytes: bytes.subarray(start, end + 1), file, line, position };
      position += end + 1 - start;
      line += 1;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (piece.length < PIECE_BYTES || rest.length > LIMITS.recordBytesMax) break;
  }
  if (rest.length > 0) yield { bytes: rest, file, line, position };
}
