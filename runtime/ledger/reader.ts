/**
 * Reading a ledger from a position on. Every line is verified before it is handed out: its own hash,
 * its shape, its position, its trace's chain. It needs no lock and changes nothing: bytes after the
 * last newline may be a line that is being written, and are reported, not judged.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import { ownHash } from "../../protocol/language/record-line.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { type EvidenceProblem, problemAt } from "../evidence/problem.ts";
import { linesOfFile, type RawLine } from "../evidence/raw-lines.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { Chains, type ChainsFrom } from "./chains.ts";
import { checkRecord, saidBy } from "./check-record.ts";
import { LedgerFault } from "./fault.ts";
import type { AheadLine } from "./read-ahead.ts";
import { isRoom, withoutRoom } from "./room.ts";
import { lastSegment, segmentPath } from "./segments.ts";

export interface Entry {
  readonly record: LedgerRecord;
  /** The record's line: bytes, newline included, and where it stands. */
  readonly raw: RawLine;
  /** Before the record. */
  readonly start: LedgerPosition;
}

/** Where reading stopped: behind the last whole line; and the bytes that stand after it. */
export interface Tail {
  readonly end: LedgerPosition;
  readonly bytes: number;
}

export interface ReadFrom extends ChainsFrom {
  readonly segment: number;
  readonly offset: number;
  /** Reads the segments ahead, from there on. */
  readonly ahead?: { readonly linesOf: (segment: number) => Iterable<AheadLine> } | undefined;
}

export const BEGINNING: ReadFrom = Object.freeze({ segment: 1, offset: 0, n: 0, verified: 0 });

/** The first line that does not hold. */
export interface BadLine {
  readonly problem: EvidenceProblem;
  readonly raw: RawLine;
  /** Its hash is that of its bytes: somebody wrote it so, no disk made it. */
  readonly intact: boolean;
}

/** Where reading stopped, and at what; no line stands behind the end where `bad` is undefined. */
export interface Stop {
  readonly end: LedgerPosition;
  readonly bad: BadLine | undefined;
  /** Room stands behind the end, in the last segment: its writer was stopped. */
  readonly hasRoom: boolean;
}

const NEWLINE = 0x0a;

/** The records of a ledger in order. Throws a `LedgerFault` at the first thing that does not hold. */
export function* readLedger(
  files: Files,
  dataRoot: string,
  from: ReadFrom = BEGINNING,
): Generator<Entry, Tail> {
  const last = lastSegment(files, dataRoot);
  const { end, bad } = yield* walkLedger(files, dataRoot, from, last);
  if (bad === undefined) return { end, bytes: 0 };
  const { raw, problem } = bad;
  const bytes = withoutRoom(raw.bytes);
  if (end.segment === last && isTorn(bytes)) return { end, bytes: bytes.length };
  throw new LedgerFault(problem);
}

/** The records of a ledger up to the end of its last segment, or to the first that does not hold. */
export function* walkLedger(
  files: Files,
  dataRoot: string,
  from: ReadFrom,
  last: number,
): Generator<Entry, Stop> {
  const chains = new Chains(from);
  let end: LedgerPosition = { n: chains.n, segment: from.segment, offset: from.offset };
  let hasRoom = false;
  for (let segment = from.segment; segment <= last; segment += 1) {
    const path = segmentPath(dataRoot, segment);
    const offset = segment === from.segment ? from.offset : 0;
    end = { n: chains.n, segment, offset };
    const lines = from.ahead?.linesOf(segment) ?? unchecked(linesOfFile(files, path, path, offset));
    for (const { raw, isChecked } of lines) {
      if (isRoom(raw.bytes)) {
        hasRoom = segment === last;
        break;
      }
      const checked = verify(raw, chains, isChecked);
      if ("problem" in checked) return { end, bad: checked, hasRoom: false };
      yield { record: checked.record, raw, start: end };
      end = { n: checked.record.n, segment, offset: raw.position + raw.bytes.length };
    }
  }
  return { end, bad: undefined, hasRoom };
}

function* unchecked(lines: Iterable<RawLine>): Generator<AheadLine> {
  for (const raw of lines) yield { raw, isChecked: false };
}

/** Bytes that no newline ends; not those of a line that is longer than a record may be. */
function isTorn(bytes: Uint8Array): boolean {
  return bytes.at(-1) !== NEWLINE && bytes.length <= LIMITS.recordBytesMax;
}

function verify(
  raw: RawLine,
  chains: Chains,
  isChecked: boolean,
): { readonly record: LedgerRecord } | BadLine {
  const checked = isChecked ? { record: saidBy(raw.bytes) } : checkRecord(raw);
  if ("problem" in checked) {
    return { problem: checked.problem, raw, intact: ownHash(raw.bytes) !== undefined };
  }
  const broken = chains.take(checked.record);
  if (broken === undefined) return checked;
  return { problem: problemAt(raw, broken.code, broken.message), raw, intact: true };
}
