/**
 * The end of a ledger that does not hold: whether any of it can have been acknowledged, and cutting
 * it off where none can. That is decided by what is known to have been flushed, never by looks: half
 * a line, zeros, a wrong hash in the middle and whole lines behind a hole are all what a power cut
 * leaves of a write that was not flushed.
 */
import { join } from "node:path";
import { NO_DIGEST, sha256 } from "../../protocol/language/digest.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { writeLine } from "../../protocol/language/record-line.ts";
import type { CutBody } from "../../protocol/language/records.ts";
import { problemAt } from "../evidence/problem.ts";
import type { Clock, Files, LedgerPosition } from "../ports.ts";
import { checkRecord } from "./check-record.ts";
import { LedgerFault } from "./fault.ts";
import { lineAt } from "./line-at.ts";
import type { BadLine, Entry } from "./reader.ts";
import { withoutRoom } from "./room.ts";
import { cutName, ledgerFolder, segmentName, segmentPath } from "./segments.ts";

const NEWLINE = 0x0a;
const PIECE_BYTES = 4 * 1024 * 1024;

/** Where the ledger stops holding, and in what. */
export interface BadEnd {
  readonly files: Files;
  readonly dataRoot: string;
  /** Before the first line that does not hold. */
  readonly end: LedgerPosition;
  readonly bad: BadLine;
  readonly lastSegment: number;
}

/**
 * Refuses what does not hold unless nobody can have been told of it. A line whose hash is its own
 * was written as it stands; a segment that another one follows was flushed before that was made; and
 * a record that was written after a flush says so. What is left was being written when all stopped.
 */
export function requireUnacknowledged({ files, dataRoot, end, bad, lastSegment }: BadEnd): void {
  if (bad.intact || end.segment < lastSegment) throw new LedgerFault(bad.problem);
  const path = segmentPath(dataRoot, end.segment);
  const size = files.standing(path)?.bytes ?? 0;
  if (size - end.offset > LIMITS.segmentBytesMax + LIMITS.recordBytesMax) {
    throw new LedgerFault(bad.problem);
  }
  const flushed = flushedBehind(files, path, end.offset);
  if (flushed <= end.n) return;
  const { code, message } = bad.problem;
  const known = `record ${flushed} was on the disk before a later one was written`;
  throw new LedgerFault(problemAt(bad.raw, code, `${message}; ${known}`));
}

/** The highest position that a whole record behind a byte says was on the disk before it. */
function flushedBehind(files: Files, path: string, from: number): number {
  let flushed = 0;
  let rest: Uint8Array = new Uint8Array(0);
  for (let offset = from; ; ) {
    const piece = files.readAt(path, offset, PIECE_BYTES);
    offset += piece.length;
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      flushed = Math.max(flushed, flushedIn(files, path, bytes.subarray(start, end + 1)));
      start = end + 1;
    }
    // What is longer than a record is none, however it ends.
    const length = bytes.length - start;
    rest = bytes.subarray(start + Math.max(0, length - LIMITS.recordBytesMax));
    if (piece.length < PIECE_BYTES) return flushed;
  }
}

/** Zeros before a line are a write that was lost; no line holds one. */
function flushedIn(files: Files, path: string, bytes: Uint8Array): number {
  const line = bytes.subarray(bytes.lastIndexOf(0) + 1);
  const checked = checkRecord(lineAt(files, path, { bytes: line, position: 0 }));
  if ("problem" in checked || !("flushed" in checked.record)) return 0;
  return checked.record.flushed;
}

export interface CutOptions {
  readonly files: Files;
  readonly dataRoot: string;
  readonly clock: Clock;
  /** Before the first byte that is cut off. */
  readonly end: LedgerPosition;
  /** The time of the record before. */
  readonly at: string;
}

/**
 * Keeps what stands behind the end aside, and writes the last segment anew without it, and with the
 * record that names it. Nothing is taken away before its copy and the copy's name are on the disk.
 */
export function cutOff(options: CutOptions): Entry {
  const { files, dataRoot, end } = options;
  const folder = ledgerFolder(dataRoot);
  const path = segmentPath(dataRoot, end.segment);
  const size = files.standing(path)?.bytes ?? 0;
  const torn = withoutRoom(files.readAt(path, end.offset, size - end.offset));
  const aside = cutName(end.segment, end.offset);
  files.makeFolder(join(folder, "cut"));
  // Made by a start that was stopped, it may stand and not be on the disk.
  files.flushFolder(folder);
  files.replace(join(folder, aside), torn);
  const entry = cutEntry(options, {
    type: "cut",
    segment: segmentName(end.segment),
    offset: end.offset,
    bytes: torn.length,
    sha256: sha256(torn),
    aside,
  });
  files.replace(path, Buffer.concat([files.readAt(path, 0, end.offset), entry.raw.bytes]));
  return entry;
}

/** The record of a cut is a trace of its own, with an id that no caller can supply. */
export const CUT_TRACE = /^cut-[0-9]+$/;

function cutEntry({ files, dataRoot, clock, end, at }: CutOptions, body: CutBody): Entry {
  const now = new Date(clock.now()).toISOString();
  const n = end.n + 1;
  const place = { n, trace: `cut-${n}`, seq: 1, at: now > at ? now : at, prev: NO_DIGEST };
  const { line, hash } = writeLine(place, body);
  const file = segmentPath(dataRoot, end.segment);
  const raw = lineAt(files, file, { bytes: Buffer.from(line), position: end.offset });
  return { record: { ...place, hash, ...body }, raw, start: end };
}
