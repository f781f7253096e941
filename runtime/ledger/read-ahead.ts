/**
 * The lines of segments in order, read into memory some way ahead, where a thread checks them while
 * this one goes through those before. It is for a start that has much to read; what it hands out is
 * what reading without it hands out, and a line that is not said to be checked is not.
 */
import { linesOfFile, type RawLine } from "../evidence/raw-lines.ts";
import type { Files } from "../ports.ts";
import { lineAt } from "./line-at.ts";
import { segmentPath } from "./segments.ts";
import type { Taken, TakenPieces } from "./shared-pieces.ts";

export interface ReadAheadOptions {
  readonly files: Files;
  readonly dataRoot: string;
  /** Where they are checked. */
  readonly pieces: TakenPieces;
  readonly from: { readonly segment: number; readonly offset: number };
  /** The last segment. */
  readonly last: number;
}

/** A line, and whether it holds by itself as far as another thread has found. */
export interface AheadLine {
  readonly raw: RawLine;
  readonly isChecked: boolean;
}

const NEWLINE = 0x0a;

interface Piece {
  readonly segment: number;
  /** In the segment. */
  readonly offset: number;
  /** False: from here on the segment is read as it comes. */
  readonly isShared: boolean;
}

export class ReadAhead {
  readonly #options: ReadAheadOptions;
  readonly #pieces: TakenPieces;
  /** What was read and not yet handed out. */
  readonly #ahead: Piece[] = [];
  #segment: number;
  #offset: number;

  constructor(options: ReadAheadOptions) {
    const { pieces, from } = options;
    this.#options = options;
    this.#segment = from.segment;
    this.#offset = from.offset;
    this.#pieces = pieces;
  }

  /** The lines of the next segment: each is asked for once, in order. */
  *linesOf(segment: number): Generator<AheadLine> {
    const { files, dataRoot } = this.#options;
    const path = segmentPath(dataRoot, segment);
    for (;;) {
      this.#fill(segment);
      const [piece] = this.#ahead;
      if (piece?.segment !== segment) return;
      this.#ahead.shift();
      if (piece.isShared) {
        yield* this.#linesIn(path, piece.offset, this.#pieces.take());
        continue;
      }
      for (const raw of linesOfFile(files, path, path, piece.offset)) {
        yield { raw, isChecked: false };
      }
    }
  }

  /** Lets go of the thread. */
  end(): void {
    this.#pieces.end();
  }

  *#linesIn(path: string, offset: number, { bytes, isChecked }: Taken): Generator<AheadLine> {
    const { files } = this.#options;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let start = 0; start < buffer.length; ) {
      const newline = buffer.indexOf(NEWLINE, start);
      const end = newline < 0 ? buffer.length : newline + 1;
      const line = { bytes: buffer.subarray(start, end), position: offset + start };
      yield { raw: lineAt(files, path, line), isChecked };
      start = end;
    }
  }

  /** What cannot be read is told in its turn: what stands before it is judged first. */
  #fill(wanted: number): void {
    try {
      while (this.#segment <= this.#options.last && this.#pieces.hasRoom) this.#read();
    } catch (error) {
      if (this.#ahead.length === 0 && this.#segment === wanted) throw error;
    }
  }

  /** Reads whole lines; at the end of a segment, what stands there. */
  #read(): void {
    const { files, dataRoot } = this.#options;
    const { pieceBytes } = this.#pieces.measures;
    const [segment, offset] = [this.#segment, this.#offset];
    const read = files.readAt(segmentPath(dataRoot, segment), offset, pieceBytes);
    const isEnd = read.length < pieceBytes;
    const bytes = isEnd ? read : read.subarray(0, read.lastIndexOf(NEWLINE) + 1);
    // A line that is longer than a piece, or no line at all.
    const isShared = bytes.length > 0;
    if (isShared) this.#pieces.fill(bytes);
    if (isShared || !isEnd) this.#ahead.push({ segment, offset, isShared });
    const isOver = isEnd || !isShared;
    this.#segment = isOver ? segment + 1 : segment;
    this.#offset = isOver ? 0 : offset + bytes.length;
  }
}
