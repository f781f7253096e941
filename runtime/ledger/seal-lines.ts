/**
 * Sealing lines where they stand: which hash each follows, and its own, one behind the other. It is
 * done by whoever writes them or, for many, by a thread beside: the same function, the same bytes. It
 * may be done again: the texts stay as they were.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import { SEAL_BYTES, sealLine } from "../../protocol/language/record-line.ts";

/** Lines that stand one behind the other in a buffer, each with room for its seal. */
export interface Unsealed {
  /** Shared with the thread, where there is one. */
  readonly buffer: Uint8Array;
  /** Where the text of each ends. */
  readonly ends: readonly number[];
  /**
   * Of each, the index of the line that it follows; `FIRST` where it follows none, and below that what
   * it follows stands elsewhere: `-2` is the first of `hashes`, `-3` the second.
   */
  readonly follows: readonly number[];
  readonly hashes: readonly Digest[];
}

/** What the first record of a trace follows. */
export const FIRST = -1;

/** What follows the n-th of the hashes that stand elsewhere. */
export function elsewhere(n: number): number {
  return FIRST - 1 - n;
}

export function sealLines({ buffer, ends, follows, hashes }: Unsealed): void {
  const target = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const own: Digest[] = [];
  let start = 0;
  for (let at = 0; at < ends.length; at += 1) {
    const end = ends[at] as number;
    const before = follows[at] as number;
    const prev =
      before === FIRST ? NO_DIGEST : before < 0 ? hashes[FIRST - 1 - before] : own[before];
    own.push(sealLine(target, { start, end }, prev as Digest));
    start = end + SEAL_BYTES;
  }
}
