/**
 * A quick look at lines, one after another: the hash of each, and of what it says only the place in
 * the chains. It is for reading a whole ledger at the speed of the hash; whoever needs what a record
 * holds reads it with `check-line.ts`, and so does a line that is not plainly a step's.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import { ownSeal } from "../../protocol/language/record-line.ts";
import type { Link } from "./chain.ts";
import { isTime } from "./record-shape.ts";

export type TraceLink = Link & { readonly trace: string; readonly at: string };

/** The place of a step's line whose hash holds; undefined for every other line. */
export type Skim = (line: Uint8Array) => TraceLink | undefined;

/**
 * It remembers the trace and the time that it read last. Lines that follow each other are mostly of
 * the same: then these are compared, and not read again.
 */
export function skimmer(): Skim {
  const begin = new Beginning();
  return (line) => {
    if (!begin.read(line)) return undefined;
    const seal = ownSeal(line);
    return seal?.prev === undefined ? undefined : new StepLink(begin, seal.prev, seal.hash);
  };
}

/** A step's place. Which node it is of is read only when somebody asks. */
class StepLink {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  readonly at: string;
  readonly type: "node" | "effect";
  readonly #line: Uint8Array;
  readonly #from: number;
  readonly #to: number;

  constructor(
    { n, trace, seq, at, type, line, nodeFrom, nodeTo }: Beginning,
    /** That it is the one before, the chain will ask. */
    readonly prev: Digest,
    readonly hash: Digest,
  ) {
    this.n = n;
    this.trace = trace;
    this.seq = seq;
    this.at = at;
    this.type = type;
    this.#line = line;
    this.#from = nodeFrom;
    this.#to = nodeTo;
  }

  get node(): string {
    return textOf(this.#line, this.#from, this.#to);
  }
}

const N = bytesOf('{"n":');
const TRACE = bytesOf(',"trace":"');
const SEQ = bytesOf('","seq":');
const AT = bytesOf(',"at":"');
const TYPE = bytesOf('","type":"');
const NODE = bytesOf('node","node":"');
const EFFECT = bytesOf('effect","node":"');
const END = bytesOf('",');

const NAME_CHARS = setOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
const TRACE_CHARS = setOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
const TRACE_CHARS_MAX = 127;
const TIME_CHARS = setOf("0123456789TZ:.-");
const TIME_LENGTH = 24;
const NODE_CHARS = setOf("abcdefghijklmnopqrstuvwxyz0123456789_/[]");
const NODE_CHARS_MAX = 256;
const DIGITS_MAX = 15;
const ZERO = 0x30;
const NINE = 0x39;
const QUOTE = 0x22;

/**
 * How a step's line begins: `{"n":…,"trace":"…","seq":…,"at":"…","type":"node","node":"…",`, as the
 * writer writes it and no other way.
 */
class Beginning {
  line: Uint8Array = new Uint8Array(0);
  n = 0;
  trace = "";
  seq = 0;
  at = "";
  type: "node" | "effect" = "node";
  nodeFrom = 0;
  nodeTo = 0;
  #here = 0;
  readonly #trace = new Uint8Array(TRACE_CHARS_MAX);
  readonly #at = new Uint8Array(TIME_LENGTH);

  read(line: Uint8Array): boolean {
    this.line = line;
    this.#here = 0;
    if (!this.#over(N)) return false;
    this.n = this.#number();
    if (this.n === 0 || !this.#over(TRACE) || !this.#readTrace() || !this.#over(SEQ)) return false;
    this.seq = this.#number();
    if (this.seq === 0 || !this.#over(AT) || !this.#readTime() || !this.#over(TYPE)) return false;
    return this.#readNode();
  }

  /** Goes on behind a text, where it stands here. */
  #over(text: Uint8Array): boolean {
    const { line } = this;
    const here = this.#here;
    for (let at = 0; at < text.length; at += 1) if (line[here + at] !== text[at]) return false;
    this.#here = here + text.length;
    return true;
  }

  /** Goes on behind a whole number above zero; zero where none stands here. */
  #number(): number {
    const { line } = this;
    const from = this.#here;
    let number = 0;
    let here = from;
    for (; here < from + DIGITS_MAX; here += 1) {
      const byte = line[here] ?? 0;
      if (byte < ZERO || byte > NINE || (byte === ZERO && here === from)) break;
      number = number * 10 + byte - ZERO;
    }
    this.#here = here;
    return number;
  }

  #readTrace(): boolean {
    const { trace } = this;
    if (this.#isAgain(this.#trace, trace.length)) return true;
    const from = this.#here;
    const to = this.#end(TRACE_CHARS, TRACE_CHARS_MAX);
    if (to === from || NAME_CHARS[this.line[from] ?? 0] === 0) return false;
    this.trace = textOf(this.line, from, to);
    this.#trace.set(this.line.subarray(from, to));
    return true;
  }

  #readTime(): boolean {
    if (this.#isAgain(this.#at, this.at.length)) return true;
    const from = this.#here;
    const to = this.#end(TIME_CHARS, TIME_LENGTH);
    if (to - from !== TIME_LENGTH) return false;
    const text = textOf(this.line, from, to);
    if (!isTime(text)) return false;
    this.at = text;
    this.#at.set(this.line.subarray(from, to));
    return true;
  }

  /** Goes on behind a text that was read before, where it stands here between its quotes. */
  #isAgain(text: Uint8Array, length: number): boolean {
    const { line } = this;
    const here = this.#here;
    if (length === 0 || line[here + length] !== QUOTE) return false;
    for (let at = 0; at < length; at += 1) if (line[here + at] !== text[at]) return false;
    this.#here = here + length;
    return true;
  }

  #readNode(): boolean {
    const isNode = this.#over(NODE);
    if (!isNode && !this.#over(EFFECT)) return false;
    this.type = isNode ? "node" : "effect";
    this.nodeFrom = this.#here;
    this.nodeTo = this.#end(NODE_CHARS, NODE_CHARS_MAX);
    return this.nodeTo > this.nodeFrom && this.#over(END);
  }

  /** Goes on behind as many characters of a kind as stand here, and says where. */
  #end(chars: Uint8Array, most: number): number {
    const { line } = this;
    const last = this.#here + most;
    let here = this.#here;
    while (here < last && chars[line[here] ?? 0] === 1) here += 1;
    this.#here = here;
    return here;
  }
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** By its byte, whether a character is one of these. */
function setOf(chars: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of bytesOf(chars)) set[byte] = 1;
  return set;
}

function textOf({ buffer, byteOffset }: Uint8Array, from: number, to: number): string {
  return Buffer.from(buffer, byteOffset + from, to - from).toString("latin1");
}
