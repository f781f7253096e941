/**
 * Reading a ledger from a position on. Every line is verified before it is handed out: its own hash,
 * its shape, its position, its trace's chain. It needs no lock and changes nothing: bytes after the
 * last newline may be a line that is being written, and are reported, not judged.
 */
import { type LineFault, readLine } from "../../protocol/language/record-line.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { Chains } from "./chains.ts";
import { type FaultPlace, refuseLedger } from "./fault.ts";
import { type Line, readLines } from "./lines.ts";
import { lastSegment, segmentPath } from "./segments.ts";
import { misshapen } from "./shape.ts";

export interface Entry {
  readonly record: LedgerRecord;
  /** The record's bytes, newline included. */
  readonly line: string;
  readonly segment: number;
  readonly place: FaultPlace;
}

/** Where reading stopped: the end of the last whole line, and the bytes after it. */
export interface Tail {
  readonly end: LedgerPosition;
  readonly bytes: number;
}

export interface ReadFrom {
  /** Undefined `n`: whatever stands there, at the beginning of a segment. */
  readonly segment: number;
  readonly offset: number;
  readonly n: number | undefined;
  /** Up to this position chains were verified before: their traces may have begun earlier. */
  readonly verified: number;
}

export const BEGINNING: ReadFrom = Object.freeze({ segment: 1, offset: 0, n: 0, verified: 0 });

/** The records of a ledger in order. Throws a `LedgerFault` at the first thing that does not hold. */
export function* readLedger(
  files: Files,
  dataRoot: string,
  from: ReadFrom = BEGINNING,
): Generator<Entry, Tail> {
  const last = lastSegment(files, dataRoot);
  const chains = new Chains(from.n);
  let end: LedgerPosition = { n: from.n ?? 0, segment: from.segment, offset: from.offset };
  let tail = 0;
  for (let segment = from.segment; segment <= last; segment += 1) {
    const file = segmentPath(dataRoot, segment);
    const offset = segment === from.segment ? from.offset : 0;
    end = { n: chains.n, segment, offset };
    for (const line of readLines(files, file, offset)) {
      const place = { file, line: line.number, offset: line.offset };
      if (!line.whole) {
        if (segment < last) refuseLedger("ledger/torn-line", "a line without its end", place);
        tail = line.bytes;
        break;
      }
      const record = verify(line, place);
      const fault = chains.take(record, record.n <= from.verified);
      if (fault !== undefined) refuseLedger(fault.code, fault.detail, place);
      yield { record, line: line.text, segment, place };
      end = { n: record.n, segment, offset: line.offset + line.bytes };
    }
  }
  return { end, bytes: tail };
}

const DETAILS: Readonly<Record<LineFault, readonly [code: string, detail: string]>> = {
  incomplete: ["ledger/torn-line", "a line without its end"],
  "hash-form": ["ledger/bad-line", "the line does not end in its hash"],
  "hash-differs": ["ledger/changed-line", "the line does not have the hash that stands in it"],
  "not-json": ["ledger/bad-line", "the line is not JSON"],
  members: ["ledger/bad-line", "the line lacks a member that every record has"],
};

/** The record that a whole line holds. */
export function verify(line: Line, place: FaultPlace): LedgerRecord {
  const read = readLine(line.text);
  if ("fault" in read) {
    const [code, detail] = DETAILS[read.fault];
    return refuseLedger(code, detail, place);
  }
  const wrong = misshapen(read);
  if (wrong === undefined) return read;
  return refuseLedger("ledger/bad-line", `the member \`${wrong}\` is missing or wrong`, place);
}
