/**
 * Reading a ledger from a position on. Every line is verified before it is handed out: its own hash,
 * its shape, its position, its trace's chain. It needs no lock and changes nothing: bytes after the
 * last newline may be a line that is being written, and are reported, not judged.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { checkLine } from "../evidence/check-line.ts";
import { problemAt } from "../evidence/problem.ts";
import { linesOfFile, type RawLine } from "../evidence/raw-lines.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { unfoldable } from "../state/fold.ts";
import { Chains } from "./chains.ts";
import { LedgerFault } from "./fault.ts";
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

export interface ReadFrom {
  readonly segment: number;
  readonly offset: number;
  /** The position of the record before; undefined where a segment is read without knowing it. */
  readonly n: number | undefined;
  /** Up to this position chains were verified before: their traces may have begun earlier. */
  readonly verified: number;
}

export const BEGINNING: ReadFrom = Object.freeze({ segment: 1, offset: 0, n: 0, verified: 0 });

const NEWLINE = 0x0a;

/** The records of a ledger in order. Throws a `LedgerFault` at the first thing that does not hold. */
export function* readLedger(
  files: Files,
  dataRoot: string,
  from: ReadFrom = BEGINNING,
): Generator<Entry, Tail> {
  const last = lastSegment(files, dataRoot);
  const chains = new Chains(from.n);
  let end: LedgerPosition = { n: chains.n, segment: from.segment, offset: from.offset };
  for (let segment = from.segment; segment <= last; segment += 1) {
    const path = segmentPath(dataRoot, segment);
    const offset = segment === from.segment ? from.offset : 0;
    end = { n: chains.n, segment, offset };
    for (const raw of linesOfFile(files, path, path, offset)) {
      if (segment === last && isTorn(raw)) return { end, bytes: raw.bytes.length };
      const record = verify(raw);
      const broken = chains.take(record, record.n <= from.verified);
      if (broken !== undefined) refuse(raw, broken.code, broken.message);
      yield { record, raw, start: end };
      end = { n: record.n, segment, offset: raw.position + raw.bytes.length };
    }
  }
  return { end, bytes: 0 };
}

/** Bytes that no newline ends; not those of a line that is longer than a record may be. */
function isTorn({ bytes }: RawLine): boolean {
  return bytes.at(-1) !== NEWLINE && bytes.length <= LIMITS.recordBytesMax;
}

function verify(raw: RawLine): LedgerRecord {
  const checked = checkLine(raw);
  if (checked.problem !== undefined) throw new LedgerFault(checked.problem);
  const { record } = checked;
  const missing = unfoldable(record);
  if (missing === undefined) return record;
  return refuse(raw, "line/members", `the record's member \`${missing}\` is not what it must be`);
}

function refuse(raw: RawLine, code: string, message: string): never {
  throw new LedgerFault(problemAt(raw, code, message));
}
