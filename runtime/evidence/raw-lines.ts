/**
 * A file as lines of bytes, each with its place, read in large pieces. It believes no length: a
 * line that is longer than a record may be is given out as far as it was read, and reading ends.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import { filledIn } from "../ledger/room.ts";
import type { Files } from "../ports.ts";
import type { EvidencePlace } from "./problem.ts";

export interface RawLine extends EvidencePlace {
  /** With its newline; without one, the file ends here or the line is too long. */
  readonly bytes: Uint8Array;
}

const NEWLINE = 0x0a;
const PIECE_BYTES = 1024 * 1024;

/**
 * The lines of a file from a byte on, where a line begins. `file` is the name that the lines carry.
 * How many stand before that byte is looked up only when somebody asks for a line's number.
 */
export function* linesOfFile(
  files: Files,
  path: string,
  file = path,
  from = 0,
): Generator<RawLine> {
  const lineOf = from === 0 ? undefined : linesBefore(files, path, from);
  const readAgain = (offset: number) => (length: number) =>
    bufferOf(files.readAt(path, offset, length));
  const placed = (bytes: Uint8Array): RawLine =>
    lineOf === undefined
      ? { bytes, file, line, position }
      : countedLine({ bytes, file, line, position }, lineOf);
  let rest = EMPTY;
  let line = 1;
  let position = from;
  for (let offset = from; ; ) {
    const read = bufferOf(files.readAt(path, offset, PIECE_BYTES));
    const isLast = read.length < PIECE_BYTES;
    const piece = read.includes(0) ? settled(read, isLast, readAgain(offset)) : read;
    offset += piece.length;
    // Parts of a plain array are made in a fraction of the time that those of a buffer take.
    const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      const part = bytes.subarray(start, end + 1);
      const whole = rest.length === 0 ? part : joined(rest, part);
      yield placed(whole);
      position += whole.length;
      line += 1;
      start = end + 1;
      rest = EMPTY;
    }
    rest = rest.length === 0 ? bytes.subarray(start) : joined(rest, bytes);
    if (isLast || rest.length > LIMITS.recordBytesMax) break;
  }
  if (rest.length > 0) yield placed(rest);
}

/**
 * A piece with zeros in it, which room may be that a writer was filling while it was read: what stands
 * before its last byte that is none is there by now. What the file ends with is given out as it was.
 */
function settled(read: Buffer, isLast: boolean, again: (length: number) => Buffer): Buffer {
  const filled = filledIn(read);
  if (filled === 0) return read;
  const anew = again(filled);
  return isLast ? Buffer.concat([anew, read.subarray(filled)]) : anew;
}

const EMPTY: Uint8Array = new Uint8Array(0);

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.concat([one, other]);
}

function countedLine({ bytes, file, line, position }: RawLine, before: () => number): RawLine {
  return {
    bytes,
    file,
    position,
    get line() {
      return before() + line;
    },
  };
}

/** How many lines end before a byte of a file. */
function linesBefore(files: Files, path: string, byte: number): () => number {
  let count: number | undefined;
  return () => {
    if (count !== undefined) return count;
    count = 0;
    for (let offset = 0; offset < byte; offset += PIECE_BYTES) {
      const piece = files.readAt(path, offset, Math.min(PIECE_BYTES, byte - offset));
      for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1))
        count += 1;
    }
    return count;
  };
}
