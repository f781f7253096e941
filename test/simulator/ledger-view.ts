/**
 * The ledger as an auditor with a text editor reads it: lines, hashes, chains. It shares no code with
 * the reader that it is to judge. Lines that still stand where they were checked are not checked again.
 */
import { createHash } from "node:crypto";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Disk } from "./disk.ts";
import { Failure } from "./failure.ts";

const ZEROS = "0".repeat(64);
/** Two zeros and more; one alone marks a file whose writer failed. */
const ROOM = /(?<!\0)\0{2,12000}$/;
const HASH = /^,"hash":"([0-9a-f]{64})"\}\n$/;
const HASH_CHARS = `,"hash":"${ZEROS}"}\n`.length;

/** Types of records that are a whole trace each. */
const LONE: ReadonlySet<string> = new Set(["refused", "session", "session-ended", "boot", "cut"]);

/** A segment's name and its bytes as they stand, without the room at its end. */
export type Segments = ReadonlyMap<string, Buffer>;

export function segmentsOf(disk: Disk, folder: string): Segments {
  const node = disk.find(folder);
  const names = node?.kind === "folder" ? [...node.names.keys()].sort() : [];
  const segments = names.filter((name) => name.endsWith(".jsonl"));
  return new Map(
    segments.map((name) => {
      const bytes = disk.bytes(`${folder}/${name}`)?.toString("latin1") ?? "";
      return [name, Buffer.from(bytes.replace(ROOM, ""), "latin1")];
    }),
  );
}

interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly closed: boolean;
}

/** What was read of a segment before; most of it stands there still. */
interface Read {
  readonly bytes: Buffer;
  readonly records: readonly LedgerRecord[];
}

export class LedgerView {
  readonly #read = new Map<string, Read>();

  /** All records, in order. Fails on whatever does not hold. */
  read(segments: Segments): readonly LedgerRecord[] {
    const records: LedgerRecord[] = [];
    const heads = new Map<string, Head>();
    let number = 0;
    for (const [name, bytes] of segments) {
      number += 1;
      if (name !== `${String(number).padStart(8, "0")}.jsonl`) throw new Failure(`segment ${name}`);
      for (const record of this.#recordsOf(name, bytes)) {
        follow(records, heads, record);
        records.push(record);
      }
    }
    return records;
  }

  #recordsOf(name: string, bytes: Buffer): readonly LedgerRecord[] {
    const known = this.#read.get(name);
    const stands = known?.bytes.equals(bytes.subarray(0, known.bytes.length)) === true;
    const before = stands ? known : undefined;
    const rest = bytes.subarray(before?.bytes.length ?? 0);
    const records = [...(before?.records ?? []), ...linesOf(name, rest).map(recordOf)];
    this.#read.set(name, { bytes, records });
    return records;
  }
}

function recordOf(line: string): LedgerRecord {
  const stated = HASH.exec(line.slice(-HASH_CHARS))?.[1];
  const hashed = `${line.slice(0, -HASH_CHARS)}}\n`;
  const found = createHash("sha256").update(hashed).digest("hex");
  if (stated !== found) throw new Failure(`a line's hash does not hold: ${line.slice(0, 200)}`);
  return JSON.parse(line) as LedgerRecord;
}

function linesOf(name: string, bytes: Buffer): readonly string[] {
  if (bytes.length === 0) return [];
  const lines = bytes.toString("utf8").split("\n");
  if (lines.pop() !== "") throw new Failure(`${name} ends in half a line`);
  return lines.map((line) => `${line}\n`);
}

function follow(
  records: readonly LedgerRecord[],
  heads: Map<string, Head>,
  record: LedgerRecord,
): void {
  if (record.n !== records.length + 1)
    throw new Failure(`record ${record.n} after ${records.length}`);
  const head = heads.get(record.trace);
  const seq = (head?.seq ?? 0) + 1;
  if (record.seq !== seq || record.prev !== (head?.hash ?? ZEROS) || head?.closed === true) {
    throw new Failure(`record ${record.n} does not follow in trace ${record.trace}`);
  }
  const lone = LONE.has(record.type);
  if ((seq === 1) !== (record.type === "opened" || lone)) {
    throw new Failure(`record ${record.n}: a trace begins with the record that opens it`);
  }
  const before = records.at(-1);
  if (before !== undefined && before.at > record.at) {
    throw new Failure(`record ${record.n} is earlier than the one before it`);
  }
  const closed = lone || record.type === "closed";
  heads.set(record.trace, { seq, hash: record.hash, closed });
}
