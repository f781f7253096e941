/**
 * The one reader for JSON that comes from outside. It takes RFC 8259 JSON in UTF-8 and refuses what
 * `JSON.parse` lets pass: duplicate and dangerous keys, numbers that JavaScript cannot hold, lone
 * surrogates, a byte order mark, and anything deeper, wider or longer than the limits, before it is
 * built. What it returns is plain, frozen data; -0 has become 0.
 */
import type { Json, JsonObject } from "./json.ts";
import { pointer } from "./json.ts";
import { LIMITS } from "./limits.ts";

export type JsonFaultCode =
  | "json/too-large"
  | "json/not-utf8"
  | "json/byte-order-mark"
  | "json/syntax"
  | "json/duplicate-key"
  | "json/forbidden-key"
  | "json/key-too-long"
  | "json/number-range"
  | "json/lone-surrogate"
  | "json/too-deep"
  | "json/too-many-values";

export interface JsonFault {
  readonly code: JsonFaultCode;
  /** Lower case, without the offending text. */
  readonly message: string;
  /** The JSON Pointer of the value that was being read. */
  readonly pointer: string;
  /** In UTF-16 code units of the text; in bytes where the text could not be decoded. */
  readonly offset: number;
}

export interface JsonLimits {
  readonly bytesMax: number;
  readonly depthMax: number;
  readonly keyCharsMax: number;
  readonly valuesMax: number;
}

export const PAYLOAD_LIMITS: JsonLimits = Object.freeze({
  bytesMax: LIMITS.payloadBytesMax,
  depthMax: LIMITS.jsonDepthMax,
  keyCharsMax: LIMITS.jsonKeyCharsMax,
  valuesMax: LIMITS.jsonValuesMax,
});

/** Member names that reach a prototype in careless code. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__"]);

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** A string without escapes: the common case, taken in one piece. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON names exactly these as not allowed.
const PLAIN_STRING = /"[^"\\\u0000-\u001f]*"/y;
const WHITE = /[ \t\n\r]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Stop {
  constructor(readonly fault: JsonFault) {}
}

export type StrictJson = { readonly value: Json } | { readonly fault: JsonFault };

/** Reads bytes or text; either the frozen value or the first fault, with its place. */
export function readStrictJson(
  input: Uint8Array | string,
  limits: JsonLimits = PAYLOAD_LIMITS,
): StrictJson {
  try {
    return { value: new Reader(decode(input, limits), limits).document() };
  } catch (stop) {
    if (stop instanceof Stop) return { fault: stop.fault };
    throw stop;
  }
}

function refuse(code: JsonFaultCode, message: string, at: string, offset: number): never {
  throw new Stop({ code, message, pointer: at, offset });
}

function decode(input: Uint8Array | string, limits: JsonLimits): string {
  const bytes = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (bytes > limits.bytesMax) {
    refuse("json/too-large", `expected at most ${limits.bytesMax} bytes, found ${bytes}`, "", 0);
  }
  const text = typeof input === "string" ? input : decodeUtf8(input);
  if (text.startsWith("\uFEFF")) {
    refuse("json/byte-order-mark", "expected no byte order mark", "", 0);
  }
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("json/not-utf8", "expected UTF-8", "", firstBadByte(bytes));
  }
}

/** The length of the longest prefix that decodes, by bisection. */
function firstBadByte(bytes: Uint8Array): number {
  const decoder = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let good = 0;
  let bad = bytes.byteLength;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    try {
      decoder().decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

class Reader {
  private at = 0;
  private values = 0;
  private readonly path: (string | number)[] = [];

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  document(): Json {
    this.skipWhite();
    const value = this.value();
    this.skipWhite();
    if (this.at < this.text.length) this.fail("expected the end of the document");
    return value;
  }

  private fail(message: string): never {
    const found =
      this.at < this.text.length
        ? `found ${JSON.stringify(this.text.slice(this.at, this.at + 1))}`
        : "found the end";
    return this.refuse("json/syntax", `${message}, ${found}`);
  }

  private refuse(code: JsonFaultCode, message: string): never {
    return refuse(code, message, pointer(this.path), this.at);
  }

  private skipWhite(): void {
    WHITE.lastIndex = this.at;
    WHITE.test(this.text);
    this.at = WHITE.lastIndex;
  }

  private value(): Json {
    this.values += 1;
    if (this.values > this.limits.valuesMax) {
      this.refuse("json/too-many-values", `expected at most ${this.limits.valuesMax} values`);
    }
    const first = this.text[this.at];
    if (first === "{") return this.nested(() => this.object());
    if (first === "[") return this.nested(() => this.array());
    if (first === '"') return this.string();
    if (first === "-" || (first !== undefined && first >= "0" && first <= "9")) {
      return this.number();
    }
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.fail("expected a value");
  }

  private nested<T>(read: () => T): T {
    if (this.path.length >= this.limits.depthMax) {
      this.refuse("json/too-deep", `expected at most ${this.limits.depthMax} levels`);
    }
    return read();
  }

  private object(): Json {
    const members: Record<string, Json> = {};
    this.at += 1;
    this.skipWhite();
    if (this.take("}")) return Object.freeze(members);
    for (;;) {
      if (this.text[this.at] !== '"') this.fail("expected a member name");
      const key = this.key(members);
      this.skipWhite();
      if (!this.take(":")) this.fail("expected `:`");
      this.skipWhite();
      this.path.push(key);
      members[key] = this.value();
      this.path.pop();
      this.skipWhite();
      if (this.take("}")) return Object.freeze(members);
      if (!this.take(",")) this.fail("expected `,` or `}`");
      this.skipWhite();
    }
  }

  private key(members: JsonObject): string {
    const key = this.string();
    if (FORBIDDEN_KEYS.has(key)) this.refuse("json/forbidden-key", `the key \`${key}\` is refused`);
    if (key.length > this.limits.keyCharsMax) {
      this.refuse("json/key-too-long", `expected a key of at most ${this.limits.keyCharsMax}`);
    }
    if (Object.hasOwn(members, key)) {
      this.path.push(key);
      this.refuse("json/duplicate-key", "expected each key once, found it twice");
    }
    return key;
  }

  private array(): Json {
    const items: Json[] = [];
    this.at += 1;
    this.skipWhite();
    if (this.take("]")) return Object.freeze(items);
    for (;;) {
      this.path.push(items.length);
      items.push(this.value());
      this.path.pop();
      this.skipWhite();
      if (this.take("]")) return Object.freeze(items);
      if (!this.take(",")) this.fail("expected `,` or `]`");
      this.skipWhite();
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) return this.fail("expected a number");
    const value = Number(match[0]);
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      this.refuse("json/number-range", "expected a finite number, and integers within ±(2^53 − 1)");
    }
    this.at = NUMBER.lastIndex;
    return value === 0 ? 0 : value;
  }

  private string(): string {
    PLAIN_STRING.lastIndex = this.at;
    const plain = PLAIN_STRING.exec(this.text);
    let value: string;
    if (plain !== null) {
      value = plain[0].slice(1, -1);
      if (!value.isWellFormed()) this.refuse("json/lone-surrogate", "found a lone surrogate");
      this.at = PLAIN_STRING.lastIndex;
      return value;
    }
    const begin = this.at;
    value = this.escapedString();
    if (!value.isWellFormed()) {
      this.at = begin;
      this.refuse("json/lone-surrogate", "found a lone surrogate");
    }
    return value;
  }

  private escapedString(): string {
    let value = "";
    this.at += 1;
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined || character < " ") return this.fail('expected `"`');
      this.at += 1;
      if (character === '"') return value;
      value += character === "\\" ? this.escape() : character;
    }
  }

  private escape(): string {
    const letter = this.text[this.at] ?? "";
    const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (plain !== undefined) {
      this.at += 1;
      return plain;
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("expected an escape");
    this.at += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}

const WORDS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
