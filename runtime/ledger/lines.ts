/**
 * A file as lines, read in pieces of bounded size. It never believes a length: a line longer than a
 * record may be is handed out cut short, as one that is not whole.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Files } from "../ports.ts";

export interface Line {
  /** Newline included. */
  readonly text: string;
  /** From 1, counted from where reading began. */
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
  /** False for bytes that no newline ends. */
  readonly whole: boolean;
}

const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 10;

export function* readLines(files: Files, path: string, from: number): Generator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = from;
  let number = 0;
  let readTo = from;
  for (;;) {
    const piece = files.readAt(path, readTo, PIECE_BYTES);
    readTo += piece.byteLength;
    const bytes =
      rest.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
        : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const text = bytes.toString("utf8", start, end + 1);
      number += 1;
      yield { text, number, offset, bytes: end + 1 - start, whole: true };
      offset += end + 1 - start;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (piece.byteLength === 0 || rest.length > LIMITS.recordBytesMax) break;
  }
  if (rest.length === 0) return;
  yield {
    text: rest.toString("utf8"),
    number: number + 1,
    offset,
    bytes: rest.length,
    whole: false,
  };
}
