/**
 * A record as a line, and back. The one place that knows how a line's hash is made; it never
 * accepts a line whose hash is not its own.
 *
 *   {"n":…,"trace":…,"seq":…,"at":…,"type":…, body … ,"prev":"<64 hex>","hash":"<64 hex>"}\n
 *                                                                     ^ cut out for hashing
 */
import { type Digest, isDigest, sha256 } from "./digest.ts";
import { invariant } from "./invariant.ts";
import { isObject, type JsonObject } from "./json.ts";
import { LIMITS } from "./limits.ts";
import type { LedgerRecord, RecordBody } from "./records.ts";

/** `,"hash":"` + 64 digits + `"}` + newline. */
const TAIL_LENGTH = 9 + 64 + 2 + 1;
const TAIL = /^,"hash":"([0-9a-f]{64})"}\n$/;

export interface Place {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  readonly at: string;
  readonly prev: Digest;
}

/** The line of a record, newline included, and its hash. */
export function writeLine(place: Place, body: RecordBody): { line: string; hash: Digest } {
  const head = JSON.stringify({
    n: place.n,
    trace: place.trace,
    seq: place.seq,
    at: place.at,
    ...body,
    prev: place.prev,
  });
  const hash = sha256(`${head}\n`);
  const line = `${head.slice(0, -1)},"hash":"${hash}"}\n`;
  invariant(Buffer.byteLength(line) <= LIMITS.recordBytesMax, "a record fits its limit");
  return { line, hash };
}

export type LineFault = "incomplete" | "hash-form" | "hash-differs" | "not-json" | "members";

/** Reads a line, newline included. A line that is not exactly what `writeLine` makes is a fault. */
export function readLine(line: string): LedgerRecord | { readonly fault: LineFault } {
  if (!line.endsWith("\n")) return { fault: "incomplete" };
  const tail = TAIL.exec(line.slice(-TAIL_LENGTH));
  if (tail === null) return { fault: "hash-form" };
  const head = `${line.slice(0, -TAIL_LENGTH)}}\n`;
  if (sha256(head) !== tail[1]) return { fault: "hash-differs" };
  const record = parse(line);
  if (record === undefined) return { fault: "not-json" };
  return hasPlace(record) ? (record as unknown as LedgerRecord) : { fault: "members" };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
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
