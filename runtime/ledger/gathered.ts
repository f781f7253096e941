/**
 * The lines that wait to be written, as the bytes that they will be, and where they will stand. They
 * are sealed when they are about to be written, one behind the other: each then knows the hash that
 * it follows. It decides where a segment is full; it never touches a disk.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { hashIn, lineBytesMax, SEAL_BYTES } from "../../protocol/language/record-line.ts";
import type { LedgerPosition } from "../ports.ts";
import { elsewhere, FIRST, sealLines, type Unsealed } from "./seal-lines.ts";
import type { SealingThread } from "./sealing-thread.ts";

/** The end of a trace's chain. */
export interface ChainEnd {
  /** The hash of the last of its records that was sealed; `NO_DIGEST` before the first. */
  hash: Digest;
  /** Where the last of its records waits: in which part, and as which of its lines. */
  part: number;
  line: number;
  /** Nothing follows: nobody needs the hash of its end. */
  readonly ended: boolean;
}

/** What is told of a record when it is sealed. */
export interface Sealing {
  /** The record itself: it gets its hashes where its line is needed, or something follows it. */
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
  /** Of the last of them, once it is sealed. */
  hash: Digest;
  /** Traces whose last record is among them. */
  readonly ended: readonly string[];
}

/** A part whose lines may not be sealed yet. */
interface Closed extends Part {
  readonly sealings: readonly Sealing[];
  /** Where the text of each ends, and the index of the line of its trace before it; -1 for none here. */
  readonly ends: readonly number[];
  readonly follows: readonly number[];
  readonly number: number;
}

/** So many lines are worth handing over, once so many were sealed: a thread takes time to start. */
const HANDED_LINES_MIN = 96;
const THREAD_WORTH = 8_192;

const BUFFER_BYTES = 256 * 1024;
/** A larger one was needed for once, and is not kept. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;

export class Gathered {
  readonly #segmentBytesMax: number;
  readonly #startThread: (() => SealingThread) | undefined;
  #thread: SealingThread | undefined;
  #broken = false;
  #sealed = 0;
  #n: number;
  #segment: number;
  #offset: number;
  #parts: Closed[] = [];
  #buffer: Buffer;
  #length = 0;
  #ended: string[] = [];
  #sealings: Sealing[] = [];
  #ends: number[] = [];
  #follows: number[] = [];
  #number = 0;
  #spare: Buffer | undefined;

  /** `startThread`: for one that seals many lines beside, where there may be one. */
  constructor(
    { n, segment, offset }: LedgerPosition,
    segmentBytesMax: number,
    startThread?: () => SealingThread,
  ) {
    this.#n = n;
    this.#segment = segment;
    this.#offset = offset;
    this.#segmentBytesMax = segmentBytesMax;
    this.#startThread = startThread;
    this.#buffer = this.#newBuffer(BUFFER_BYTES);
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
    const { chain } = sealing;
    this.#follows.push(chain.part === this.#number ? chain.line : FIRST);
    chain.part = this.#number;
    chain.line = this.#ends.length;
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

  /** All that was put here, to be sealed and then written now. */
  take(): Part[] {
    this.#close();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /**
   * Seals what was taken, before anything else is: what comes later follows it. At once, or by the
   * thread where there is one and it is worth it; then it is over when what is given settles.
   */
  seal(parts: readonly Part[]): Promise<void> | undefined {
    const [first] = parts as readonly Closed[];
    const thread = parts.length === 1 ? this.#threadFor(first) : undefined;
    if (thread !== undefined && first !== undefined) return this.#sealBeside(thread, first);
    for (const part of parts) this.#sealHere(part as Closed);
    return undefined;
  }

  /** Ends the thread, where there is one. */
  close(): void {
    this.#broken = true;
    this.#thread?.end();
    this.#thread = undefined;
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
      hash: NO_DIGEST,
      ended: this.#ended,
      sealings: this.#sealings,
      ends: this.#ends,
      follows: this.#follows,
      number: this.#number,
    });
    this.#number += 1;
    this.#buffer = this.#spare ?? this.#newBuffer(BUFFER_BYTES);
    this.#spare = undefined;
    this.#length = 0;
    this.#ended = [];
    this.#sealings = [];
    this.#ends = [];
    this.#follows = [];
  }

  #threadFor(part: Closed | undefined): SealingThread | undefined {
    if (part === undefined || this.#broken || this.#startThread === undefined) return undefined;
    if (part.ends.length < HANDED_LINES_MIN || this.#sealed < THREAD_WORTH) return undefined;
    this.#thread ??= this.#startThread();
    return this.#thread;
  }

  async #sealBeside(thread: SealingThread, part: Closed): Promise<void> {
    const sealed = await thread.seal(unsealedIn(part));
    if (sealed) {
      this.#tell(part);
    } else {
      this.#broken = true;
      this.#sealHere(part);
    }
  }

  #sealHere(part: Closed): void {
    sealLines(unsealedIn(part));
    this.#tell(part);
  }

  /** Takes up what the seals say: what follows later, and who needs a line, is told. */
  #tell(part: Closed): void {
    const { bytes, ends, sealings, number } = part;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#sealed += ends.length;
    let start = 0;
    for (let at = 0; at < ends.length; at += 1) {
      const { record, chain, lines } = sealings[at] as Sealing;
      const end = ends[at] as number;
      if (lines !== undefined || !chain.ended || chain.part !== number) {
        record.prev = chain.hash;
        record.hash = hashIn(buffer, end);
        chain.hash = record.hash;
        lines?.push(new Uint8Array(buffer.subarray(start, end + SEAL_BYTES)));
      }
      start = end + SEAL_BYTES;
    }
    part.hash = hashIn(buffer, ends.at(-1) as number);
  }

  /** What a thread works on is shared with it. */
  #newBuffer(bytes: number): Buffer {
    if (this.#startThread === undefined) return Buffer.allocUnsafeSlow(bytes);
    return Buffer.from(new SharedArrayBuffer(bytes));
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = this.#newBuffer(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** What follows a line of an earlier part follows the hash that its chain ends in by now. */
function unsealedIn({ bytes, ends, follows, sealings }: Closed): Unsealed {
  const hashes: Digest[] = [];
  const found = follows.map((before, at) => {
    if (before !== FIRST) return before;
    const { hash } = (sealings[at] as Sealing).chain;
    return hash === NO_DIGEST ? FIRST : elsewhere(hashes.push(hash) - 1);
  });
  return { buffer: bytes, ends, follows: found, hashes };
}
