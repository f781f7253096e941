/**
 * A record as a line, and back. The one place that knows how a line's hash is made; it never
 * accepts a line whose hash is not its own.
 *
 *   {"n":…,"trace":…,"seq":…,"at":…,"type":…, body … ,"prev":"<64 hex>","hash":"<64 hex>"}\n
 *                                                                     ^ cut out for hashing
 */
import { DIGEST_CHARS, type Digest, isDigest, sha256 } from "./digest.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { LedgerRecord, NodeBody, RecordBody } from "./records.ts";
import { jsonText, membersText, quoted as textOf } from "./value-text.ts";

/** `,"hash":"` + 64 digits + `"}` + newline. */
const TAIL_LENGTH = 9 + 64 + 2 + 1;
/** `,"prev":"` + 64 digits + `"`, and the tail: what sealing adds to the text of a record. */
export const SEAL_BYTES = 9 + 64 + 1 + TAIL_LENGTH;
/** What the tail stands in the place of. */
const CLOSING = "}\n";
/** Of a character in UTF-8, for each unit that a string counts. */
const UNIT_BYTES_MAX = 3;
const TAIL = /^,"hash":"[0-9a-f]{64}"}\n$/;

export interface Place {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  readonly at: string;
}

/** The line of a record, newline included, and its hash. */
export function writeLine(
  place: Place & { readonly prev: Digest },
  body: RecordBody,
): { line: string; hash: Digest } {
  const text = unsealedText(place, JSON.stringify(place.trace), body);
  const target = Buffer.allocUnsafe(lineBytesMax(text));
  const end = target.write(text);
  const hash = sealLine(target, { start: 0, end }, place.prev);
  return { line: target.toString("utf8", 0, end + SEAL_BYTES), hash };
}

/**
 * The text of a record up to where it is sealed: it can be written down before it is known which
 * hash it follows. `quoted` is the trace as JSON: made once a trace.
 */
export function unsealedText({ n, seq, at }: Place, quoted: string, body: RecordBody): string {
  const members = body.type === "node" ? nodeText(body) : membersText(body);
  return `{"n":${n},"trace":${quoted},"seq":${seq},"at":"${at}",${members}`;
}

/** The same text for most of all records, whose members are few, and made in this order. */
function nodeText({ node, outcome, output, to, row, reason }: NodeBody): string {
  let text = `"type":"node","node":${textOf(node)},"outcome":${textOf(outcome)}`;
  if (output !== undefined) text += `,"output":${jsonText(output)}`;
  text += `,"to":${textOf(to)}`;
  if (row !== undefined) text += `,"row":${row}`;
  if (reason !== undefined) text += `,"reason":${jsonText(reason as unknown as Json)}`;
  return text;
}

/** What the line of a text may need at most. */
export function lineBytesMax(unsealed: string): number {
  return unsealed.length * UNIT_BYTES_MAX + SEAL_BYTES;
}

/** Where the text of a record stands. `SEAL_BYTES` behind its end are free. */
export interface Unsealed {
  readonly start: number;
  readonly end: number;
}

/** Makes the line of a text, where it stands: which hash it follows, and its own. */
export function sealLine(target: Buffer, { start, end }: Unsealed, prev: Digest): Digest {
  const closed = end + target.write(`,"prev":"${prev}"${CLOSING}`, end, "latin1");
  const hash = sha256(target.subarray(start, closed));
  target.write(tailOf(hash), closed - CLOSING.length, "latin1");
  return hash;
}

export type LineFault =
  | "incomplete"
  | "hash-form"
  | "hash-differs"
  | "not-utf8"
  | "not-json"
  | "members";

/** Told apart by which member stands: a record may have a `fault` of its own. */
export type LineRead =
  | { readonly record: LedgerRecord; readonly fault?: undefined }
  | { readonly record?: undefined; readonly fault: LineFault };

const NEWLINE = 0x0a;
const CLOSING_BRACE = 0x7d;
const QUOTE = 0x22;

/**
 * Reads a line, newline included. A line whose hash is not its own is a fault. It is checked as the
 * bytes that stand in the file: text that was decoded may have hidden a change. `parsed` gives what a
 * text says, and throws where it is not JSON.
 */
export function readLine(
  line: Uint8Array | string,
  parsed: (text: string) => unknown = JSON.parse,
): LineRead {
  const bytes = typeof line === "string" ? Buffer.from(line) : line;
  if (ownSeal(bytes) !== undefined) return parse(bytes, parsed);
  if (bytes.at(-1) !== NEWLINE) return { fault: "incomplete" };
  const tail = bufferOf(bytes).toString("latin1", Math.max(0, bytes.length - TAIL_LENGTH));
  return { fault: TAIL.test(tail) ? "hash-differs" : "hash-form" };
}

/** The hash that a line ends in, where it is that of its bytes. What the line says is not read. */
export function ownHash(line: Uint8Array): Digest | undefined {
  return ownSeal(line)?.hash;
}

/** The two hashes that a line ends in. */
export interface Seal {
  /** Its own. */
  readonly hash: Digest;
  /** What stands where that before it has its place: as long as a digest, undefined without one. */
  readonly prev: Digest | undefined;
}

const HASH = ',"hash":"';
const PREV = ',"prev":"';
const END = '"}\n';
const HASH_BYTES = Buffer.from(HASH, "latin1");
const PREV_BYTES = Buffer.from(PREV, "latin1");
const END_BYTES = Buffer.from(END, "latin1");

/**
 * Lines of the usual length are hashed where their bytes are brought together without their hash:
 * in a place that is used again for each.
 */
const UNHASHED_BYTES = 64 * 1024;
const unhashed = Buffer.allocUnsafeSlow(UNHASHED_BYTES);

/** What seals a line, where its hash is that of its bytes. What the line says is not read. */
export function ownSeal(line: Uint8Array): Seal | undefined {
  const { length } = line;
  const end = length - TAIL_LENGTH;
  const hashAt = end + HASH.length;
  const hashEnd = hashAt + DIGEST_CHARS;
  if (end < 0 || !stands(line, end, HASH_BYTES) || !stands(line, hashEnd, END_BYTES))
    return undefined;
  const place = length <= UNHASHED_BYTES ? unhashed : Buffer.allocUnsafeSlow(length);
  place.set(line);
  const said = place.toString("latin1", hashAt, hashEnd);
  place[end] = CLOSING_BRACE;
  place[end + 1] = NEWLINE;
  const hash = sha256(new Uint8Array(place.buffer, 0, end + CLOSING.length));
  if (said !== hash) return undefined;
  const prevAt = end - 1 - DIGEST_CHARS;
  const isPlaced = line[end - 1] === QUOTE && stands(line, prevAt - PREV.length, PREV_BYTES);
  const prev = isPlaced ? (place.toString("latin1", prevAt, end - 1) as Digest) : undefined;
  return { hash, prev };
}

/** Whether a text stands at a place of a line; none stands before it. */
function stands(line: Uint8Array, place: number, text: Uint8Array): boolean {
  if (place < 0) return false;
  for (let at = 0; at < text.length; at += 1) if (line[place + at] !== text[at]) return false;
  return true;
}

function tailOf(hash: Digest): string {
  return `${HASH}${hash}${END}`;
}

function bufferOf(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parse(bytes: Uint8Array, parsed: (text: string) => unknown): LineRead {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { fault: "not-utf8" };
  }
  let record: unknown;
  try {
    record = parsed(text);
  } catch {
    return { fault: "not-json" };
  }
  return hasPlace(record) ? { record: record as unknown as LedgerRecord } : { fault: "members" };
}

function hasPlace(record: unknown): record is JsonObject {
  return (
    isObject(record) &&
    Number.isSafeInteger(record.n) &&
    Number.isSafeInteger(record.seq) &&
    typeof record.trace === "string" &&
    typeof record.at === "string" &&
    typeof record.type === "string" &&
    isDigest(record.prev)
  );
}
