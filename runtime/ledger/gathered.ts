/**
 * The lines that wait to be written, as the bytes that they will be, and where they will stand. They
 * are sealed when they are about to be written, one behind the other: each then knows the hash that
 * it follows. It decides where a segment is full; it never touches a disk.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { lineBytesMax, SEAL_BYTES, sealLine } from "../../protocol/language/record-line.ts";
import type { LedgerPosition } from "../ports.ts";

/** The end of a trace's chain: the hash of the last of its records that was sealed. */
export interface ChainEnd {
  hash: Digest;
}

/** What is told of a record when it is sealed. */
export interface Sealing {
  /** The record itself, which has neither before. */
  readonly record: { prev: Digest; hash: Digest };
  readonly chain: ChainEnd;
  /** Gets a copy of the line, where somebody needs it. */
  readonly lines: Uint8Array[] | undefined;
}

/** Lines that go to one segment, one behind the other. */
export interface Part {
  readonly segment: number;
  readonly bytes: Uint8Array;
  /** Behind the last of them. */
  readonly end: LedgerPosition;
  /** Of the last of them. */
  readonly hash: Digest;
  /** Traces whose last record is among them. */
  readonly ended: readonly string[];
}

const BUFFER_BYTES = 256 * 1024;
/** A larger one was needed for once, and is not kept. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;

export class Gathered {
  readonly #segmentBytesMax: number;
  #n: number;
  #segment: number;
  #offset: number;
  #parts: Part[] = [];
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #length = 0;
  #ended: string[] = [];
  /** The records whose lines stand in the buffer, and where the text of each ends. */
  #sealings: Sealing[] = [];
  #ends: number[] = [];
  #spare: Buffer | undefined;

  constructor({ n, segment, offset }: LedgerPosition, segmentBytesMax: number) {
    this.#n = n;
    this.#segment = segment;
    this.#offset = offset;
    this.#segmentBytesMax = segmentBytesMax;
  }

  /** The position of the last record that was put here. */
  get n(): number {
    return this.#n;
  }

  /** The segment that it goes to, and the byte behind it. */
  get segment(): number {
    return this.#segment;
  }

  get offset(): number {
    return this.#offset;
  }

  get isEmpty(): boolean {
    return this.#length === 0 && this.#parts.length === 0;
  }

  /** Puts a record's line at the end, which is sealed later; gives how many bytes it takes. */
  put(unsealed: string, sealing: Sealing): number {
    this.#makeRoom(lineBytesMax(unsealed));
    const text = this.#buffer.write(unsealed, this.#length);
    const bytes = text + SEAL_BYTES;
    invariant(bytes <= LIMITS.recordBytesMax, "a record fits its limit");
    if (this.#offset > 0 && this.#offset + bytes > this.#segmentBytesMax) this.#roll(bytes);
    this.#ends.push(this.#length + text);
    this.#sealings.push(sealing);
    this.#n += 1;
    this.#length += bytes;
    this.#offset += bytes;
    return bytes;
  }

  /** The record that was put last is the last of its trace. */
  end(trace: string): void {
    this.#ended.push(trace);
  }

  /** All that was put here, to be written now. */
  take(): Part[] {
    this.#close();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** The bytes of a part are not needed any more. */
  release({ bytes }: Part): void {
    const buffer = Buffer.from(bytes.buffer);
    if (buffer.length <= KEPT_BYTES_MAX) this.#spare = buffer;
  }

  /** The line whose bytes were written behind the others is the first of the next segment. */
  #roll(bytes: number): void {
    const line = this.#buffer.subarray(this.#length, this.#length + bytes);
    this.#close();
    this.#makeRoom(bytes);
    this.#buffer.set(line);
    this.#segment += 1;
    this.#offset = 0;
  }

  #close(): void {
    if (this.#length === 0) return;
    this.#parts.push({
      segment: this.#segment,
      bytes: this.#buffer.subarray(0, this.#length),
      end: { n: this.#n, segment: this.#segment, offset: this.#offset },
      hash: this.#seal(),
      ended: this.#ended,
    });
    this.#buffer = this.#spare ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#spare = undefined;
    this.#length = 0;
    this.#ended = [];
    this.#sealings = [];
    this.#ends = [];
  }

  /** Seals what stands in the buffer; gives the hash of the last line. */
  #seal(): Digest {
    const buffer = this.#buffer;
    let start = 0;
    let last = NO_DIGEST;
    this.#sealings.forEach(({ record, chain, lines }, at) => {
      const end = this.#ends[at] as number;
      record.prev = chain.hash;
      last = sealLine(buffer, { start, end }, chain.hash);
      record.hash = last;
      chain.hash = last;
      const next = end + SEAL_BYTES;
      lines?.push(Uint8Array.prototype.slice.call(buffer, start, next));
      start = next;
    });
    return last;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
