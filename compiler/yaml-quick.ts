/**
 * A quick reader for YAML as protocols are nearly always written: block mappings and lists, braces
 * and brackets on one line, scalars on one line without escapes, texts behind a bar. It reads
 * nothing but these, and gives null for all other texts, wrong ones included: those are the
 * library's. What it reads, the library reads alike; a test holds the two against each other.
 */
import type {
  YamlDocument,
  YamlEntry,
  YamlList,
  YamlMap,
  YamlNode,
  YamlScalar,
} from "./yaml-tree.ts";

/** Where the reader is: at the first character of a line that is no comment, or inside of one. */
interface Cursor {
  readonly text: string;
  readonly depthMax: number;
  at: number;
  /** The column where the content of the line begins, from 0; -1 at the end of a document. */
  indent: number;
}

/** The documents of a text, all of which are mappings; null where it may take more to read it. */
export function readQuickly(text: string, depthMax: number): readonly YamlDocument[] | null {
  const cursor: Cursor = { text, depthMax, at: 0, indent: 0 };
  const documents: YamlDocument[] = [];
  if (!toContent(cursor)) return null;
  if (cursor.indent < 0 && !toNextDocument(cursor)) return null;
  for (;;) {
    const root = cursor.indent === 0 ? blockMap(cursor, 1) : null;
    if (root === null) return null;
    documents.push({ root, sound: true });
    if (cursor.at >= text.length) return documents;
    if (!toNextDocument(cursor)) return null;
  }
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;
const BAR = 0x7c;

/** From the beginning of a line to the next content. False at what may be more than indentation. */
function toContent(cursor: Cursor): boolean {
  const { text } = cursor;
  let line = cursor.at;
  for (;;) {
    let at = line;
    while (text.charCodeAt(at) === SPACE) at++;
    const code = text.charCodeAt(at);
    if (code !== NEWLINE && code !== HASH && at < text.length) {
      if (code === 0x09 || code === 0x0d) return false;
      cursor.at = at;
      cursor.indent = isSeparator(text, line) ? -1 : at - line;
      return true;
    }
    const end = text.indexOf("\n", at);
    if (end < 0 || at >= text.length) {
      cursor.at = text.length;
      cursor.indent = -1;
      return true;
    }
    line = end + 1;
  }
}

/** A line of three hyphens and nothing else. */
function isSeparator(text: string, line: number): boolean {
  return text.startsWith("---", line) && (text[line + 3] === "\n" || line + 3 === text.length);
}

/** From a separator to the content behind it. */
function toNextDocument(cursor: Cursor): boolean {
  cursor.at += 4;
  return cursor.at < cursor.text.length && toContent(cursor);
}

/** A mapping whose keys stand in the column of the cursor. */
function blockMap(cursor: Cursor, depth: number): YamlMap | null {
  const { at: start, indent } = cursor;
  if (depth > cursor.depthMax) return null;
  const entries: YamlEntry[] = [];
  let end = start;
  while (cursor.indent === indent) {
    const key = keyAt(cursor);
    const value = key === null ? null : blockValue(cursor, indent, depth + 1);
    if (key === null || value === null) return null;
    entries.push({ key, value });
    end = value.end;
  }
  return cursor.indent > indent ? null : { kind: "map", entries, start, end };
}

/** A list whose dashes stand in the column of the cursor. */
function blockList(cursor: Cursor, depth: number): YamlList | null {
  const { at: start, indent } = cursor;
  if (depth > cursor.depthMax) return null;
  const items: YamlNode[] = [];
  let end = start;
  while (cursor.indent === indent && isDash(cursor)) {
    const dash = cursor.at;
    cursor.at = afterSpaces(cursor.text, dash + 1);
    const begin = cursor.at;
    const key = keyAt(cursor);
    cursor.at = begin;
    if (key !== null) cursor.indent = indent + begin - dash;
    const item = key === null ? lineValue(cursor, indent, depth + 1) : blockMap(cursor, depth + 1);
    if (item === null) return null;
    items.push(item);
    end = item.end;
  }
  return cursor.indent > indent ? null : { kind: "list", items, start, end };
}

function isDash({ text, at }: Cursor): boolean {
  return text.charCodeAt(at) === DASH && text.charCodeAt(at + 1) === SPACE;
}

/** What follows the colon of a key in the column `indent`: on its line, or below it. */
function blockValue(cursor: Cursor, indent: number, depth: number): YamlNode | null {
  const { text } = cursor;
  const at = afterSpaces(text, cursor.at);
  const code = text.charCodeAt(at);
  if (code !== NEWLINE && code !== HASH && at < text.length) {
    cursor.at = at;
    return code === BAR ? literalBlock(cursor, indent) : lineValue(cursor, indent, depth);
  }
  if (!toNextLine(cursor)) return null;
  if (isDash(cursor) && cursor.indent >= indent) return blockList(cursor, depth);
  return cursor.indent > indent ? blockMap(cursor, depth) : null;
}

/** A value that ends on the line where it begins; what is below must not go on with it. */
function lineValue(cursor: Cursor, indent: number, depth: number): YamlNode | null {
  const value = flowValue(cursor, depth, false);
  return value !== null && toNextLine(cursor) && cursor.indent <= indent ? value : null;
}

/** A block of text behind a bar: the lines below that are indented deeper than its key. */
function literalBlock(cursor: Cursor, indent: number): YamlScalar | null {
  const { text, at: start } = cursor;
  if (text.charCodeAt(start + 1) !== NEWLINE) return null;
  const lines: string[] = [];
  let inner = 0;
  let end = start;
  for (let line = start + 2, newline = 0; line < text.length; line = newline + 1) {
    newline = text.indexOf("\n", line);
    const begin = afterSpaces(text, line);
    const isEmpty = begin === newline;
    if (!isEmpty && begin - line <= indent) break;
    inner ||= begin - line;
    // A last line without an end, a line of spaces, one that is indented less than the first.
    if (newline < 0 || (isEmpty ? begin > line : begin - line < inner)) return null;
    lines.push(text.slice(line + inner, newline));
    if (!isEmpty) end = newline + 1;
  }
  const content = trimmedLines(lines);
  if (content.length === 0 || /[\t\r]/.test(text.slice(start, end))) return null;
  cursor.at = end;
  const whole = `${content.join("\n")}\n`;
  if (!toContent(cursor) || cursor.indent > indent) return null;
  return { kind: "scalar", text: whole, plain: false, start, end };
}

function trimmedLines(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
}

/** Over spaces and a comment to the content of the next line. False where more stands on this one. */
function toNextLine(cursor: Cursor): boolean {
  const { text } = cursor;
  const at = afterSpaces(text, cursor.at);
  const code = text.charCodeAt(at);
  if (at < text.length && code !== NEWLINE && !(code === HASH && at > cursor.at)) return false;
  const end = text.indexOf("\n", at);
  cursor.at = end < 0 ? text.length : end + 1;
  return toContent(cursor);
}

function afterSpaces(text: string, at: number): number {
  let after = at;
  while (text.charCodeAt(after) === SPACE) after++;
  return after;
}

/** A key with its colon; the cursor ends after it. Null, and nowhere, where there is none. */
function keyAt(cursor: Cursor): YamlScalar | null {
  const { text } = cursor;
  const quoted = isQuote(text.charCodeAt(cursor.at));
  const key = quoted ? quotedScalar(cursor) : wordAt(cursor);
  if (key === null || key.end - key.start > KEY_CHARS_MAX) return null;
  if (text.charCodeAt(cursor.at) !== COLON) return null;
  const next = text.charCodeAt(cursor.at + 1);
  if (next !== SPACE && next !== NEWLINE) return null;
  cursor.at++;
  return key;
}

/** Longer keys are the library's, which refuses those over 1,024 characters. */
const KEY_CHARS_MAX = 128;
const WORD = /[A-Za-z0-9_$][A-Za-z0-9_$./-]*/y;

function wordAt(cursor: Cursor): YamlScalar | null {
  WORD.lastIndex = cursor.at;
  const match = WORD.exec(cursor.text);
  return match === null ? null : scalar(cursor, match[0], true, match[0].length);
}

/** A scalar whose source is `length` characters long; the cursor ends after it. */
function scalar(cursor: Cursor, text: string, plain: boolean, length: number): YamlScalar {
  const start = cursor.at;
  cursor.at += length;
  return { kind: "scalar", text, plain, start, end: cursor.at };
}

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27;
}

/** A text between quotes on one line, without escapes. */
function quotedScalar(cursor: Cursor): YamlScalar | null {
  const { text, at } = cursor;
  const quote = text.charAt(at);
  const end = text.indexOf(quote, at + 1);
  if (end < 0 || text.charAt(end + 1) === quote) return null;
  const inner = text.slice(at + 1, end);
  return /[\\\n\r]/.test(inner) ? null : scalar(cursor, inner, false, inner.length + 2);
}

/** A collection in brackets or a scalar; `inside` of brackets a scalar ends where an item does. */
function flowValue(cursor: Cursor, depth: number, inside: boolean): YamlNode | null {
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === 0x7b) return flowMap(cursor, depth);
  if (code === 0x5b) return flowList(cursor, depth);
  if (isQuote(code)) return quotedScalar(cursor);
  return inside ? plainItem(cursor) : plainLine(cursor);
}

function flowMap(cursor: Cursor, depth: number): YamlMap | null {
  const start = cursor.at;
  const entries: YamlEntry[] = [];
  const closed = eachItem(cursor, "}", depth, () => {
    const key = keyAt(cursor);
    if (key === null || cursor.text.charCodeAt(cursor.at) !== SPACE) return false;
    cursor.at = afterSpaces(cursor.text, cursor.at);
    const value = flowValue(cursor, depth + 1, true);
    if (value !== null) entries.push({ key, value });
    return value !== null;
  });
  return closed ? { kind: "map", entries, start, end: cursor.at } : null;
}

function flowList(cursor: Cursor, depth: number): YamlList | null {
  const start = cursor.at;
  const items: YamlNode[] = [];
  const closed = eachItem(cursor, "]", depth, () => {
    const item = flowValue(cursor, depth + 1, true);
    if (item !== null) items.push(item);
    return item !== null;
  });
  return closed ? { kind: "list", items, start, end: cursor.at } : null;
}

/** Reads items up to the closing bracket; the cursor ends after it. */
function eachItem(cursor: Cursor, close: string, depth: number, read: () => boolean): boolean {
  const { text } = cursor;
  if (depth > cursor.depthMax) return false;
  cursor.at = afterSpaces(text, cursor.at + 1);
  if (text.charAt(cursor.at) === close) {
    cursor.at++;
    return true;
  }
  for (;;) {
    if (!read()) return false;
    cursor.at = afterSpaces(text, cursor.at) + 1;
    const mark = text.charAt(cursor.at - 1);
    if (mark === close) return true;
    if (mark !== ",") return false;
    cursor.at = afterSpaces(text, cursor.at);
  }
}

/** How a plain scalar may begin here: like a word, a path, or a number. */
const BEGINS_PLAIN = /[A-Za-z0-9_$./(^+<=~;]|-[0-9]/y;

function beginsPlain({ text, at }: Cursor): boolean {
  BEGINS_PLAIN.lastIndex = at;
  return BEGINS_PLAIN.test(text);
}

/** A plain scalar that goes on to the end of the line, or to a comment. */
function plainLine(cursor: Cursor): YamlScalar | null {
  if (!beginsPlain(cursor)) return null;
  const { text, at } = cursor;
  const newline = text.indexOf("\n", at);
  const line = text.slice(at, newline < 0 ? text.length : newline);
  const comment = line.indexOf(" #");
  const content = trimmed(comment < 0 ? line : line.slice(0, comment));
  if (content.includes(": ") || content.endsWith(":") || /[\t\r]/.test(line)) return null;
  return scalar(cursor, content, true, content.length);
}

/** A plain scalar inside of brackets: up to a comma or the closing bracket. */
const ITEM = /(?:[^,[\]{}:#\t\r\n]+|:(?=[A-Za-z0-9_$./:]))+/y;

function plainItem(cursor: Cursor): YamlScalar | null {
  if (!beginsPlain(cursor)) return null;
  ITEM.lastIndex = cursor.at;
  const content = trimmed(ITEM.exec(cursor.text)?.[0] ?? "");
  return content === "" ? null : scalar(cursor, content, true, content.length);
}

/** Without the spaces at its end; other white space belongs to a scalar. */
function trimmed(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === SPACE) end--;
  return text.slice(0, end);
}
