/**
 * A quick look at a line: its hash, and of what it says only the place in the chains. It is for
 * reading a whole ledger at the speed of the hash; whoever needs what a record holds reads it with
 * `check-line.ts`, and so does a line that is not plainly a step's.
 */
import { DIGEST_CHARS, type Digest } from "../../protocol/language/digest.ts";
import { ownHash } from "../../protocol/language/record-line.ts";
import type { Link } from "./chain.ts";
import type { RawLine } from "./raw-lines.ts";
import { isTime } from "./record-shape.ts";

export type TraceLink = Link & { readonly trace: string; readonly at: string };

const BEGIN =
  /^\{"n":([1-9][0-9]{0,14}),"trace":"([A-Za-z0-9][A-Za-z0-9._-]{0,126})","seq":([1-9][0-9]{0,14}),"at":"([0-9TZ:.-]{24})","type":"(node|effect)","node":"([a-z0-9_/[\]]{1,256})",/;
type Parts = [
  line: string,
  n: string,
  trace: string,
  seq: string,
  at: string,
  type: Skimmed,
  node: string,
];
type Skimmed = "node" | "effect";
/** No beginning is longer. */
const BEGIN_BYTES = 512;
const PREV = ',"prev":"';
const PREV_BYTES = PREV.length + DIGEST_CHARS + 1;
const HASH_BYTES = ',"hash":"'.length + DIGEST_CHARS + 3;

/** The place of a step's line whose hash holds; undefined for every other line. */
export function skim({ bytes }: RawLine): TraceLink | undefined {
  const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  const begin = BEGIN.exec(text.toString("latin1", 0, BEGIN_BYTES));
  const prevAt = text.length - HASH_BYTES - PREV_BYTES;
  if (begin === null || prevAt < 0) return undefined;
  const hash = ownHash(text);
  const end = text.toString("latin1", prevAt, prevAt + PREV_BYTES);
  if (hash === undefined || !end.startsWith(PREV)) return undefined;
  // As long as a digest; that it is the one before, the chain will ask.
  const prev = end.slice(PREV.length, -1) as Digest;
  const [, n, trace, seq, at, type, node] = begin as unknown as Parts;
  if (!isTime(at)) return undefined;
  return { n: Number(n), trace, seq: Number(seq), at, type, node, prev, hash };
}
