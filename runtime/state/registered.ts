/**
 * Keys that surely stand in no registry: a Bloom filter of all that were ever registered, for as long
 * as it has seen all of them, which is where a state was empty when it was opened. Most keys that are
 * registered are new, and to be told so by the store costs as much as several steps. It never says of
 * a key that stands that it does not; of a few that do not stand, it cannot tell.
 */
import type { StorePlace } from "../ports.ts";

/** 2 MiB: of a million keys that do not stand, it cannot tell of some thousands. */
const BITS_LOG2 = 24;
const HASHES = 4;

export class Registered {
  /** Undefined where keys may stand that it has not seen. */
  readonly #words: Int32Array | undefined;

  constructor(hasSeenAll: boolean) {
    this.#words = hasSeenAll ? new Int32Array(1 << (BITS_LOG2 - 5)) : undefined;
  }

  add(place: StorePlace, key: string): void {
    const words = this.#words;
    if (words === undefined) return;
    hash(place, key);
    for (let at = 0; at < HASHES; at += 1) {
      const bit = bitOf(at);
      words[bit >>> 5] = (words[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  /** False where the key surely stands nowhere. */
  mayStand(place: StorePlace, key: string): boolean {
    const words = this.#words;
    if (words === undefined) return true;
    hash(place, key);
    for (let at = 0; at < HASHES; at += 1) {
      const bit = bitOf(at);
      if (((words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** Of what was hashed last: where to begin, and in which steps to go on. */
let begin = 0;
let stride = 0;

function hash({ tenant, store }: StorePlace, key: string): void {
  begin = 0x811c9dc5;
  stride = 0x9747b28c;
  mix(tenant);
  mix(store);
  mix(key);
  begin = settled(begin);
  stride = settled(stride) | 1;
}

/** FNV-1a, and the same with another prime; a text ends where no other goes on. */
function mix(text: string): void {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    begin = Math.imul(begin ^ unit, 0x01000193);
    stride = Math.imul(stride ^ unit, 0x5bd1e995);
  }
  begin = Math.imul(begin ^ 0x1_0000, 0x01000193);
  stride = Math.imul(stride ^ 0x1_0000, 0x5bd1e995);
}

/** The end of MurmurHash3: each bit of the sum hangs on each bit of the text. */
function settled(sum: number): number {
  let mixed = sum ^ (sum >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function bitOf(at: number): number {
  return (begin + Math.imul(at, stride)) >>> (32 - BITS_LOG2);
}
