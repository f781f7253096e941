/**
 * What can be told of a regular expression without running it: how long the texts are in which it
 * is found, and a few such texts. It reads the common part of the syntax and says nothing of an
 * expression that goes beyond; what it makes must still be held against the expression.
 */

/** A set of texts: its sizes in code points, and some of its shortest members. */
interface Part {
  readonly least: number;
  readonly most: number;
  readonly texts: readonly string[];
}

interface Reader {
  readonly text: string;
  at: number;
}

/** Thrown and caught in this file alone: the expression goes beyond what is read here. */
class Beyond extends Error {}

const TEXTS_MAX = 4;
const REPEATS_MAX = 1_000;
const EMPTY: Part = { least: 0, most: 0, texts: [""] };

const known = new Map<string, Part | undefined>();
const KNOWN_MAX = 10_000;

/** Sizes and samples of the texts in which a pattern is found; undefined where it is not read. */
export function readPattern(pattern: string): Part | undefined {
  if (!known.has(pattern)) {
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(pattern, read(pattern));
  }
  return known.get(pattern);
}

function read(pattern: string): Part | undefined {
  const begins = pattern.startsWith("^");
  const ends = /(^|[^\\])(\\\\)*[$]$/.test(pattern);
  const text = pattern.slice(begins ? 1 : 0, ends ? -1 : undefined);
  try {
    const reader: Reader = { text, at: 0 };
    const part = readChoice(reader, (begins || ends) && "whole");
    if (reader.at < text.length) return undefined;
    return begins && ends ? part : { ...part, most: Number.POSITIVE_INFINITY };
  } catch (error) {
    if (error instanceof Beyond) return undefined;
    throw error;
  }
}

/** `anchored` at the top: there a choice would belong to one anchor only. */
function readChoice(reader: Reader, anchored: false | "whole" = false): Part {
  let part = readSequence(reader);
  while (reader.text[reader.at] === "|") {
    if (anchored === "whole") throw new Beyond();
    reader.at += 1;
    const other = readSequence(reader);
    part = {
      least: Math.min(part.least, other.least),
      most: Math.max(part.most, other.most),
      texts: few([...part.texts, ...other.texts]),
    };
  }
  return part;
}

function readSequence(reader: Reader): Part {
  let whole = EMPTY;
  while (reader.at < reader.text.length && !"|)".includes(reader.text[reader.at] as string)) {
    whole = join(whole, readRepeated(reader));
  }
  return whole;
}

function join(a: Part, b: Part): Part {
  const first = a.texts[0] ?? "";
  const next = b.texts[0] ?? "";
  const texts = [...a.texts.map((one) => one + next), ...b.texts.map((one) => first + one)];
  return { least: a.least + b.least, most: a.most + b.most, texts: few(texts) };
}

function few(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].slice(0, TEXTS_MAX);
}

const QUANTIFIER = /(?:([*+?])|\{([0-9]+)(,?)([0-9]*)\})\??/y;

function readRepeated(reader: Reader): Part {
  const part = readAtom(reader);
  QUANTIFIER.lastIndex = reader.at;
  const found = QUANTIFIER.exec(reader.text);
  if (found === null) return part;
  reader.at += found[0].length;
  const [least, most] = timesOf(found);
  if (least > REPEATS_MAX) throw new Beyond();
  const [plainest = ""] = part.texts;
  const more = least < most ? [plainest.repeat(least + 1)] : [];
  return {
    least: part.least * least,
    most: part.most === 0 || most === 0 ? 0 : part.most * most,
    texts: few([plainest.repeat(least), ...more, ...part.texts.map((text) => text.repeat(least))]),
  };
}

function timesOf([, sign, least, comma, most]: RegExpExecArray): readonly [number, number] {
  if (sign === "*") return [0, Number.POSITIVE_INFINITY];
  if (sign === "+") return [1, Number.POSITIVE_INFINITY];
  if (sign === "?") return [0, 1];
  if (comma === "") return [Number(least), Number(least)];
  return [Number(least), most === "" ? Number.POSITIVE_INFINITY : Number(most)];
}

function readAtom(reader: Reader): Part {
  const char = String.fromCodePoint(reader.text.codePointAt(reader.at) ?? 0);
  if (char === "(") return readGroup(reader);
  if (char === "[") return readClass(reader);
  if (char === "\\") return one(readEscape(reader));
  if ("^$*+?{".includes(char)) throw new Beyond();
  reader.at += char.length;
  return one(char === "." ? "x" : char);
}

function one(text: string): Part {
  return { least: 1, most: 1, texts: [text] };
}

function readGroup(reader: Reader): Part {
  reader.at += 1;
  if (reader.text[reader.at] === "?") {
    if (reader.text[reader.at + 1] !== ":") throw new Beyond();
    reader.at += 2;
  }
  const part = readChoice(reader);
  if (reader.text[reader.at] !== ")") throw new Beyond();
  reader.at += 1;
  return part;
}

const ESCAPES: Readonly<Record<string, string>> = {
  d: "0",
  w: "x",
  s: " ",
  D: "x",
  W: "-",
  S: "x",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** A text that the escape stands for. Letters and digits that are not listed mean other things. */
function readEscape(reader: Reader): string {
  const char = reader.text[reader.at + 1] ?? "";
  reader.at += 2;
  const text = ESCAPES[char];
  if (text !== undefined) return text;
  if (/^[^a-zA-Z0-9]$/.test(char)) return char;
  throw new Beyond();
}

/** Tried in order for a class that excludes. */
const OTHERS = "xa0A_- ~!\u00e9";

function readClass(reader: Reader): Part {
  const end = classEnd(reader.text, reader.at);
  const source = reader.text.slice(reader.at, end);
  const inner = source.replace(/^\[\^?/, "");
  reader.at = end;
  const first = inner.startsWith("\\") ? readEscape({ text: inner, at: 0 }) : inner.slice(0, 1);
  const candidates = source.startsWith("[^") ? [...OTHERS] : [first];
  const text = candidates.find((candidate) => classMatches(source, candidate));
  if (text === undefined) throw new Beyond();
  return one(text);
}

function classEnd(text: string, start: number): number {
  let at = text[start + 1] === "^" ? start + 2 : start + 1;
  // A `]` that stands first, and any `[`, mean different things in different syntaxes.
  if (text[at] === "]") throw new Beyond();
  while (at < text.length && text[at] !== "]") {
    if (text[at] === "[") throw new Beyond();
    at += text[at] === "\\" ? 2 : 1;
  }
  if (at >= text.length) throw new Beyond();
  return at + 1;
}

/** One class against one character: nothing here can backtrack. */
function classMatches(source: string, text: string): boolean {
  try {
    return new RegExp(`^${source}$`, "u").test(text);
  } catch {
    throw new Beyond();
  }
}
