/**
 * The records of one execution that has ended, found from a place that stands shortly before them.
 * What stands in between is counted and not judged; the execution's own lines are, each by itself and
 * all as a chain. It keeps the stretch that it read last: who asks in order reads each byte once.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { type Broken, breakBefore, type Head, headOf } from "../evidence/chain.ts";
import { problemAt, problemOf } from "../evidence/problem.ts";
import type { RawLine } from "../evidence/raw-lines.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { checkRecord } from "./check-record.ts";
import { LedgerFault } from "./fault.ts";
import { lineAt } from "./line-at.ts";
import { filledIn } from "./room.ts";
import { segmentPath } from "./segments.ts";

/** Which execution, and the positions of its first record and its last. */
export interface Wanted {
  readonly trace: string;
  readonly first: number;
  readonly last: number;
}

interface Line {
  readonly bytes: Buffer;
  readonly start: LedgerPosition;
  readonly end: LedgerPosition;
}

const NEWLINE = 0x0a;
/** As far as marks stand from each other; who needs more reads more at once. */
const PIECE_BYTES = 64 * 1_024;
const PIECE_BYTES_MAX = 1_024 * 1_024;

export class Recorded {
  readonly #files: Files;
  readonly #dataRoot: string;
  /** The stretch that is kept: of which segment, and from which byte. */
  #segment = 0;
  #offset = 0;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the execution begins that was found last. */
  #near: LedgerPosition | undefined;

  constructor(files: Files, dataRoot: string) {
    this.#files = files;
    this.#dataRoot = dataRoot;
  }

  /** Its records in order. `mark` stands before the first of them. */
  find({ trace, first, last }: Wanted, mark: LedgerPosition): readonly LedgerRecord[] {
    const quoted = JSON.stringify(trace);
    const near = this.#near;
    let at = near !== undefined && near.n < first && near.n >= mark.n ? near : mark;
    for (this.#near = at; at.n < first - 1; this.#near = at) at = this.#lineAt(at).end;
    const records: LedgerRecord[] = [];
    let head: Head | undefined;
    while (at.n < last) {
      const line = this.#lineAt(at);
      at = line.end;
      const isOwn = beginsWith(line.bytes, `{"n":${at.n},"trace":${quoted},`);
      if (!isOwn && at.n !== first && at.n !== last) continue;
      const { record, raw } = this.#checked(line);
      const broken =
        record.n === at.n && record.trace === trace ? breakBefore(head, record) : notThere(at.n);
      if (broken !== undefined) throw new LedgerFault(problemAt(raw, broken.code, broken.message));
      head = headOf(record, head);
      records.push(record);
    }
    return records;
  }

  #checked({ bytes, start }: Line): { readonly record: LedgerRecord; readonly raw: RawLine } {
    const path = segmentPath(this.#dataRoot, start.segment);
    const raw = lineAt(this.#files, path, { bytes, position: start.offset });
    const checked = checkRecord(raw);
    if ("problem" in checked) throw new LedgerFault(checked.problem);
    return { record: checked.record, raw };
  }

  /** The line that begins at a place, or in the next segment where this one ends there. */
  #lineAt(place: LedgerPosition): Line {
    const { n, segment, offset } = place;
    for (let size = PIECE_BYTES; ; size = Math.min(2 * size, PIECE_BYTES_MAX)) {
      const kept = this.#keptFrom(place);
      const length = kept?.indexOf(NEWLINE) ?? -1;
      if (kept !== undefined && length >= 0) {
        const end = { n: n + 1, segment, offset: offset + length + 1 };
        return { bytes: kept.subarray(0, length + 1), start: place, end };
      }
      const have = kept?.length ?? 0;
      if (have <= LIMITS.recordBytesMax && this.#readOn(place, size)) continue;
      if (have > 0) throw this.#endsBefore(place);
      return this.#lineAt({ n, segment: this.#following(place), offset: 0 });
    }
  }

  #keptFrom({ segment, offset }: LedgerPosition): Buffer | undefined {
    const from = offset - this.#offset;
    const isKept = segment === this.#segment && from >= 0 && from <= this.#bytes.length;
    return isKept ? this.#bytes.subarray(from) : undefined;
  }

  /** Reads more behind what is kept of a place; keeps what the next one may ask for. */
  #readOn(place: LedgerPosition, size: number): boolean {
    const { segment } = place;
    const near = this.#near?.segment === segment ? this.#near : place;
    const from = near.offset <= place.offset && this.#keptFrom(near) !== undefined ? near : place;
    const kept = this.#keptFrom(from) ?? Buffer.alloc(0);
    const path = segmentPath(this.#dataRoot, segment);
    // What is room now will be lines when it is asked for again.
    const read = this.#files.readAt(path, from.offset + kept.length, size);
    const piece = read.subarray(0, filledIn(read));
    this.#bytes =
      kept.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.length)
        : Buffer.concat([kept, piece]);
    this.#segment = segment;
    this.#offset = from.offset;
    return piece.length > 0;
  }

  #following(place: LedgerPosition): number {
    const next = place.segment + 1;
    if (this.#files.standing(segmentPath(this.#dataRoot, next)) !== undefined) return next;
    throw this.#endsBefore(place);
  }

  #endsBefore({ n, segment }: LedgerPosition): LedgerFault {
    const message = `expected record ${n + 1} here, where the ledger has no whole line`;
    return new LedgerFault(problemOf(segmentPath(this.#dataRoot, segment), "ledger/gap", message));
  }
}

function beginsWith(bytes: Buffer, text: string): boolean {
  return bytes.length >= text.length && bytes.toString("latin1", 0, text.length) === text;
}

function notThere(n: number): Broken {
  return { code: "ledger/gap", message: `expected record ${n} of the execution, found another` };
}
