/**
 * The records of the executions that were open at a checkpoint, read by their places: so that a
 * start reads what is open, and not the history in which it stands. All of it was acknowledged:
 * what does not verify is corruption.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { breakBefore, type Head, headOf } from "../evidence/chain.ts";
import { problemAt } from "../evidence/problem.ts";
import type { RawLine } from "../evidence/raw-lines.ts";
import type { Files, OpenTrace, RecordPlace } from "../ports.ts";
import { checkRecord, saidBy } from "./check-record.ts";
import { LedgerFault } from "./fault.ts";
import { lineAt } from "./line-at.ts";
import type { Entry } from "./reader.ts";
import { segmentPath } from "./segments.ts";
import type { Taken, TakenPieces } from "./shared-pieces.ts";

/** Places no farther apart than this are read at once: a call costs as much as these bytes. */
const GAP_BYTES_MAX = 16 * 1024;
/** So much is read at once, if no single record is longer. */
const PIECE_BYTES_MAX = 4 * 1024 * 1024;

const NEWLINE = 0x0a;

interface Wanted extends RecordPlace {
  readonly trace: string;
}

export interface OpenRecords {
  readonly files: Files;
  readonly dataRoot: string;
  readonly open: readonly OpenTrace[];
  /** Called with each record, in the order of the ledger. */
  readonly each: (entry: Entry) => void;
  /** Lines that are read into these may be checked by another thread before their turn. */
  readonly ahead?: TakenPieces | undefined;
}

/** Hands out the records, each verified with its trace's chain; gives the heads of the traces. */
export function readOpen(source: OpenRecords): Map<string, Head> {
  const { files, dataRoot, open, each, ahead } = source;
  const heads = new Map<string, Head>();
  const wanted = open.flatMap(({ trace, places }) =>
    places.map(({ start, bytes }) => ({ start, bytes, trace })),
  );
  wanted.sort((a, b) => a.start.n - b.start.n);
  const groups = grouped(wanted, ahead?.measures.pieceBytes ?? PIECE_BYTES_MAX);
  for (const { group, bytes, isChecked } of inTurn(source, groups)) {
    const { segment, offset } = group[0].start;
    const path = segmentPath(dataRoot, segment);
    for (const place of group) {
      const from = place.start.offset - offset;
      const line = bytes.subarray(from, from + place.bytes);
      const raw = lineAt(files, path, { bytes: line, position: place.start.offset });
      const holds = isChecked && isLineOf(bytes, line, from);
      each({ record: verify(place, raw, { heads, holds }), raw, start: place.start });
    }
  }
  return heads;
}

type Group = readonly [Wanted, ...Wanted[]];

/** The bytes of each group in order; with pieces, read some way ahead. */
function* inTurn(
  source: OpenRecords,
  groups: readonly Group[],
): Generator<Taken & { readonly group: Group }> {
  const { ahead } = source;
  let filled = 0;
  for (const [at, group] of groups.entries()) {
    try {
      for (; ahead?.hasRoom === true && filled < groups.length; filled += 1) {
        const next = groups[filled];
        if (next !== undefined && fitsIn(ahead, next)) ahead.fill(bytesOf(source, next));
      }
    } catch (error) {
      // What cannot be read is told in its turn: what stands before it is judged first.
      if (filled <= at) throw error;
    }
    if (ahead !== undefined && fitsIn(ahead, group)) yield { group, ...ahead.take() };
    else yield { group, bytes: bytesOf(source, group), isChecked: false };
  }
}

function fitsIn({ measures }: TakenPieces, group: Group): boolean {
  return lengthOf(group) <= measures.pieceBytes;
}

function lengthOf(group: Group): number {
  return endOf(group.at(-1) ?? group[0]) - group[0].start.offset;
}

function bytesOf({ files, dataRoot }: OpenRecords, group: Group): Uint8Array {
  const { segment, offset } = group[0].start;
  return files.readAt(segmentPath(dataRoot, segment), offset, lengthOf(group));
}

/** Whole lines were checked: a place that is none of them was not. */
function isLineOf(bytes: Uint8Array, line: Uint8Array, from: number): boolean {
  const begins = from === 0 || bytes[from - 1] === NEWLINE;
  return begins && line.length > 0 && line.indexOf(NEWLINE) === line.length - 1;
}

function grouped(wanted: readonly Wanted[], bytesMax: number): readonly Group[] {
  const groups: Group[] = [];
  for (let at = 0; at < wanted.length; ) {
    const [first, ...more] = together(wanted, at, bytesMax);
    if (first === undefined) break;
    groups.push([first, ...more]);
    at += 1 + more.length;
  }
  return groups;
}

function endOf({ start, bytes }: RecordPlace): number {
  return start.offset + bytes;
}

/** The places from `at` on that one call reads. */
function together(wanted: readonly Wanted[], at: number, bytesMax: number): readonly Wanted[] {
  const first = wanted[at];
  let end = at + 1;
  for (; first !== undefined; end += 1) {
    const before = wanted[end - 1];
    const place = wanted[end];
    if (before === undefined || place?.start.segment !== first.start.segment) break;
    const gap = place.start.offset - endOf(before);
    if (gap < 0 || gap > GAP_BYTES_MAX) break;
    if (endOf(place) - first.start.offset > bytesMax) break;
  }
  return wanted.slice(at, end);
}

interface Known {
  readonly heads: Map<string, Head>;
  /** The line by itself was checked. */
  readonly holds: boolean;
}

function verify({ trace, start }: Wanted, raw: RawLine, { heads, holds }: Known): LedgerRecord {
  const checked = holds ? { record: saidBy(raw.bytes) } : checkRecord(raw);
  if ("problem" in checked) throw new LedgerFault(checked.problem);
  const { record } = checked;
  if (record.n !== start.n + 1 || record.trace !== trace) {
    const message = `expected record ${start.n + 1} of \`${trace}\`, found record ${record.n} of \`${record.trace}\``;
    throw new LedgerFault(problemAt(raw, "ledger/gap", message));
  }
  const broken = breakBefore(heads.get(trace), record);
  if (broken !== undefined) throw new LedgerFault(problemAt(raw, broken.code, broken.message));
  const head = headOf(record, heads.get(trace));
  if (head.ended) {
    const message = `\`${trace}\` ends here, and was open at the checkpoint behind it`;
    throw new LedgerFault(problemAt(raw, "chain/after-end", message));
  }
  heads.set(trace, head);
  return record;
}
