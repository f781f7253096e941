/**
 * Pieces of the ledger that two threads see: one fills them in order and takes them in the same
 * order, the other checks some of them before they are taken. Both look at the same bytes, so that
 * what was checked is what is taken. A piece that nobody has checked, or in which something does not
 * hold, is taken unchecked: the other thread decides nothing.
 */

/** How a piece stands. Only the one who has it leaves `OWN` and `CHECKING`. */
const FREE = 0;
const OWN = 1;
const CHECKING = 2;
const HOLDS = 3;

/** The piece that is in hand; how many were filled; whether more come; how each stands, how long it is. */
const AT = 0;
const FILLED = 1;
const ENDED = 2;
const STATES = 3;
const WORD_BYTES = 4;
/** The next one is left to who takes them: it would only wait for it. */
const APART = 2;
/** A thread that takes so long is given up. */
const GIVEN_UP_MS = 2_000;
/** Between two looks of who waits for a piece to check. */
const LOOK_MS = 1_000;

export interface Measures {
  readonly pieces: number;
  readonly pieceBytes: number;
}

export interface Taken {
  readonly bytes: Uint8Array;
  readonly isChecked: boolean;
}

class Pieces {
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(
    readonly memory: SharedArrayBuffer,
    readonly measures: Measures,
  ) {
    const words = wordsOf(measures);
    this.words = new Int32Array(memory, 0, words);
    this.#bytes = new Uint8Array(memory, words * WORD_BYTES);
  }

  stateAt(piece: number): number {
    return STATES + (piece % this.measures.pieces);
  }

  lengthAt(piece: number): number {
    return this.stateAt(piece) + this.measures.pieces;
  }

  bytesOf(piece: number, length: number): Uint8Array {
    const { pieces, pieceBytes } = this.measures;
    const start = (piece % pieces) * pieceBytes;
    return this.#bytes.subarray(start, start + length);
  }
}

function wordsOf({ pieces }: Measures): number {
  return STATES + 2 * pieces;
}

function memoryFor(measures: Measures): SharedArrayBuffer {
  const { pieces, pieceBytes } = measures;
  return new SharedArrayBuffer(wordsOf(measures) * WORD_BYTES + pieces * pieceBytes);
}

/** The side that fills and takes. */
export class TakenPieces extends Pieces {
  #filled = 0;
  #taken = 0;
  #isGivenUp = false;

  constructor(measures: Measures) {
    super(memoryFor(measures), measures);
  }

  /** Whether another one may be filled: the one in hand stays as it is. */
  get hasRoom(): boolean {
    return this.#filled - this.#taken < this.measures.pieces - 1;
  }

  fill(bytes: Uint8Array): void {
    const piece = this.#filled;
    this.bytesOf(piece, bytes.length).set(bytes);
    this.words[this.lengthAt(piece)] = bytes.length;
    Atomics.store(this.words, this.stateAt(piece), FREE);
    this.#filled += 1;
    Atomics.store(this.words, FILLED, this.#filled);
    Atomics.notify(this.words, FILLED);
  }

  /** The next one; its bytes stand until the one after the next is taken. */
  take(): Taken {
    const piece = this.#taken;
    this.#taken += 1;
    Atomics.store(this.words, AT, piece);
    const length = this.words[this.lengthAt(piece)] ?? 0;
    return { bytes: this.bytesOf(piece, length), isChecked: this.#isChecked(this.stateAt(piece)) };
  }

  #isChecked(state: number): boolean {
    if (this.#isGivenUp) return false;
    let found = Atomics.compareExchange(this.words, state, FREE, OWN);
    if (found === CHECKING) {
      Atomics.wait(this.words, state, CHECKING, GIVEN_UP_MS);
      found = Atomics.load(this.words, state);
    }
    // Whatever it still says of a piece may be said of other bytes by then.
    this.#isGivenUp = found === CHECKING;
    return found === HOLDS;
  }

  /** No more come. */
  end(): void {
    Atomics.store(this.words, ENDED, 1);
    Atomics.notify(this.words, FILLED);
  }
}

/** The side that checks. */
export class CheckedPieces extends Pieces {
  /** Checks what is filled, as long as more comes. */
  checkAll(holds: (bytes: Uint8Array) => boolean): void {
    for (let piece = 0; ; ) {
      const filled = Atomics.load(this.words, FILLED);
      if (Atomics.load(this.words, ENDED) !== 0) return;
      piece = Math.max(piece, Atomics.load(this.words, AT) + APART);
      if (piece >= filled) {
        Atomics.wait(this.words, FILLED, filled, LOOK_MS);
        continue;
      }
      this.#check(piece, holds);
      piece += 1;
    }
  }

  #check(piece: number, holds: (bytes: Uint8Array) => boolean): void {
    const state = this.stateAt(piece);
    if (Atomics.compareExchange(this.words, state, FREE, CHECKING) !== FREE) return;
    const length = this.words[this.lengthAt(piece)] ?? 0;
    const isWhole = holds(this.bytesOf(piece, length));
    Atomics.store(this.words, state, isWhole ? HOLDS : OWN);
    Atomics.notify(this.words, state);
  }
}
