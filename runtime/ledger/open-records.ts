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
import { checkRecord } from "./check-record.ts";
import { LedgerFault } from "./fault.ts";
import { lineAt } from "./line-at.ts";
import type { Entry } from "./reader.ts";
import { segmentPath } from "./segments.ts";

/** Places no farther apart than this are read at once: a call costs as much as these bytes. */
const GAP_BYTES_MAX = 16 * 1024;
/** So much is read at once, if no single record is longer. */
const PIECE_BYTES_MAX = 4 * 1024 * 1024;

interface Wanted extends RecordPlace {
  readonly trace: string;
}

export interface OpenRecords {
  readonly files: Files;
  readonly dataRoot: string;
  readonly open: readonly OpenTrace[];
  /** Called with each record, in the order of the ledger. */
  readonly each: (entry: Entry) => void;
}

/** Hands out the records, each verified with its trace's chain; gives the heads of the traces. */
export function readOpen({ files, dataRoot, open, each }: OpenRecords): Map<string, Head> {
  const heads = new Map<string, Head>();
  const wanted = open.flatMap(({ trace, places }) =>
    places.map(({ start, bytes }) => ({ start, bytes, trace })),
  );
  wanted.sort((a, b) => a.start.n - b.start.n);
  for (let at = 0; at < wanted.length; ) {
    const group = together(wanted, at);
    at += group.length;
    const [first] = group;
    if (first === undefined) break;
    const { segment, offset } = first.start;
    const path = segmentPath(dataRoot, segment);
    const bytes = files.readAt(path, offset, endOf(group.at(-1) ?? first) - offset);
    for (const place of group) {
      const from = place.start.offset - offset;
      const line = bytes.subarray(from, from + place.bytes);
      const raw = lineAt(files, path, { bytes: line, position: place.start.offset });
      each({ record: verify(place, raw, heads), raw, start: place.start });
    }
  }
  return heads;
}

function endOf({ start, bytes }: RecordPlace): number {
  return start.offset + bytes;
}

/** The places from `at` on that one call reads. */
function together(wanted: readonly Wanted[], at: number): readonly Wanted[] {
  const first = wanted[at];
  let end = at + 1;
  for (; first !== undefined; end += 1) {
    const before = wanted[end - 1];
    const place = wanted[end];
    if (before === undefined || place?.start.segment !== first.start.segment) break;
    const gap = place.start.offset - endOf(before);
    if (gap < 0 || gap > GAP_BYTES_MAX) break;
    if (endOf(place) - first.start.offset > PIECE_BYTES_MAX) break;
  }
  return wanted.slice(at, end);
}

function verify({ trace, start }: Wanted, raw: RawLine, heads: Map<string, Head>): LedgerRecord {
  const checked = checkRecord(raw);
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
