/**
 * One line of evidence: is it a record whose hash is its own, and if not, what happened to it. What
 * a broken line says of itself is used only to go on behind it, never as evidence.
 */
import { type Digest, isDigest } from "../../protocol/language/digest.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { type LineFault, readLine } from "../../protocol/language/record-line.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { parseOpened } from "./opened-text.ts";
import { type EvidenceProblem, problemAt } from "./problem.ts";
import type { RawLine } from "./raw-lines.ts";
import { wrongMember } from "./record-shape.ts";
import { isSound } from "./sound-value.ts";

/** What a line that does not hold says of its place. */
export interface Stated {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  readonly hash: Digest;
}

export type CheckedLine =
  | { readonly record: LedgerRecord; readonly problem?: undefined }
  | { readonly problem: EvidenceProblem; readonly stated: Stated | undefined };

const MESSAGES: Readonly<Record<LineFault, string>> = {
  incomplete: "the file ends inside this line",
  "hash-form": "the line does not end in its hash",
  "hash-differs": "the line's hash is not that of its bytes: it was changed",
  "not-utf8": "the line holds bytes that are not UTF-8",
  "not-json": "the line is not JSON",
  members: "the line has not the members of a record",
};

/** Checks one line by itself; what stands before and after it is `chain.ts`'s to judge. */
export function checkLine(raw: RawLine): CheckedLine {
  if (raw.bytes.length > LIMITS.recordBytesMax) return refused(raw, "too-long", TOO_LONG);
  let escapes = false;
  const read = readLine(raw.bytes, (text) => {
    escapes = text.includes("\\");
    return parseOpened(text) ?? JSON.parse(text);
  });
  if (read.fault !== undefined) {
    const [code, message] = explain(raw, read.fault);
    return refused(raw, code, message);
  }
  const wrong = wrongMember(read.record);
  if (wrong !== undefined) {
    const message = `the record's member \`${wrong}\` is missing, unknown or not what it must be`;
    return refused(raw, "members", message);
  }
  return isSound(read.record, escapes) ? { record: read.record } : refused(raw, "unsound", UNSOUND);
}

const UNSOUND = "the record holds a number, a text or a depth that no record can hold";
const TOO_LONG = `the line is longer than ${LIMITS.recordBytesMax} bytes`;

function refused(raw: RawLine, code: string, message: string): CheckedLine {
  return { problem: problemAt(raw, `line/${code}`, message), stated: statedBy(raw.bytes) };
}

const BYTE_ORDER_MARK = "\xef\xbb\xbf";

function explain(raw: RawLine, fault: LineFault): readonly [code: string, message: string] {
  const begin = latin1(raw.bytes.subarray(0, 3));
  if (raw.position === 0 && begin === BYTE_ORDER_MARK) {
    return ["byte-order-mark", "the file begins with a byte order mark: it was converted"];
  }
  if (fault === "hash-form" && latin1(raw.bytes.subarray(-2)) === "\r\n") {
    return ["carriage-return", "the line ends in a carriage return: the file was converted"];
  }
  return [fault, MESSAGES[fault]];
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

const PLACE =
  /^(?:\xef\xbb\xbf)?\{"n":([1-9][0-9]{0,14}),"trace":"([^"\\]{1,127})","seq":([1-9][0-9]{0,14}),/;
const HASH = /,"hash":"([0-9a-f]{64})"\}\r?\n?$/;

function statedBy(bytes: Uint8Array): Stated | undefined {
  const place = placeIn(bytes);
  const hash = HASH.exec(latin1(bytes.subarray(-80)))?.[1];
  return place !== undefined && isDigest(hash) ? { ...place, hash } : undefined;
}

/** Where a line says that it stands; nothing of it is checked. */
export function placeIn(bytes: Uint8Array): Omit<Stated, "hash"> | undefined {
  const [, n, trace, seq] = PLACE.exec(latin1(bytes.subarray(0, 200))) ?? [];
  if (n === undefined || trace === undefined) return undefined;
  return { n: Number(n), trace, seq: Number(seq) };
}
