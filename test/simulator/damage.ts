/**
 * Damage to what was certainly on the disk: a changed byte, or an end that was cut off. It is done to
 * records that the state or a later record says were flushed, so that no start may take it for a
 * torn tail.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Disk, File } from "./disk.ts";
import { Failure } from "./failure.ts";
import type { Segments } from "./ledger-view.ts";
import { DATA_ROOT } from "./oracle.ts";
import type { Random } from "./random.ts";
import type { Stored } from "./stored.ts";

interface Damaged {
  readonly what: string;
  /** Every start looks there. */
  readonly seen: boolean;
  /** A start that went through has not looked there: then it must not have touched it either. */
  readonly requireKept: (after: Segments) => void;
}

export interface Damageable {
  readonly disk: Disk;
  readonly stored: Stored;
  readonly segments: Segments;
}

interface Line {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly record: LedgerRecord;
}

function linesIn(segments: Segments): readonly Line[] {
  return [...segments].flatMap(([segment, bytes]) => {
    let offset = 0;
    return bytes
      .toString("latin1")
      .split(/(?<=\n)/)
      .filter((line) => line !== "")
      .map((line) => {
        const record = JSON.parse(Buffer.from(line, "latin1").toString("utf8")) as LedgerRecord;
        const found = { segment, offset, bytes: line.length, record };
        offset += line.length;
        return found;
      });
  });
}

/** Up to where the stored state, or a record other than the damaged one, says that all was flushed. */
function boundWithout(lines: readonly Line[], damaged: Line, stored: Stored): number {
  const flushed = lines.map((line) =>
    line !== damaged && line.record.type === "opened" ? line.record.flushed : 0,
  );
  return Math.max(stored.checkpoint?.watermark.durable.n ?? 0, ...flushed);
}

export function damage(random: Random, at: Damageable): Damaged | undefined {
  if (random.chance(0.3)) at.stored.erase();
  const lines = linesIn(at.segments);
  const line = random.pick(lines);
  if (line === undefined || line.record.n > boundWithout(lines, line, at.stored)) return undefined;
  if (at.stored.checkpoint === undefined || random.chance(0.6)) return changed(random, at, line);
  return random.chance(0.5) ? cutOff(random, at, line) : removed(at, line);
}

function changed(random: Random, { disk, stored, segments }: Damageable, line: Line): Damaged {
  const file = fileOf(disk, line);
  const at = line.offset + random.below(line.bytes);
  const byte = (file.content.view()[at] ?? 0) ^ (1 << random.below(8));
  file.write(at, Uint8Array.of(byte));
  file.flushed(file.dirty());
  const durable = stored.checkpoint?.watermark.durable;
  const small = file.content.size <= globalThis.simulated.recheckBytesMax;
  const inLast = [...segments.keys()].at(-1) === line.segment;
  const checked = durable !== undefined && segmentNumber(line) === durable.segment && inLast;
  return {
    what: `byte ${at} of ${line.segment} is changed, in record ${line.record.n}`,
    // Without a state everything is read; with one, a last segment that is small.
    seen: durable === undefined || (checked && small && line.offset < durable.offset),
    requireKept(after) {
      if (after.get(line.segment)?.[at] === byte) return;
      throw new Failure(`record ${line.record.n} was damaged, and a start made away with it`);
    },
  };
}

/** Everything from a record on is gone, and the stored state knows that it stood there. */
function cutOff(random: Random, { disk, segments }: Damageable, line: Line): Damaged {
  const last = [...segments.keys()].at(-1);
  if (last !== line.segment) return nothing();
  const file = fileOf(disk, line);
  const at = line.offset + (random.chance(0.5) ? 0 : random.below(line.bytes));
  file.truncate(at);
  file.flushed(file.dirty());
  const what = `${line.segment} is cut off at ${at}, in record ${line.record.n}`;
  return { what, seen: true, requireKept() {} };
}

/** A whole segment is gone. */
function removed({ disk }: Damageable, line: Line): Damaged {
  const { folder, name } = disk.place(`${DATA_ROOT}/ledger/${line.segment}`);
  folder?.name([name, undefined]);
  folder?.flushed();
  return { what: `${line.segment} is removed`, seen: true, requireKept() {} };
}

function nothing(): Damaged {
  return { what: "nothing is damaged", seen: false, requireKept() {} };
}

function fileOf(disk: Disk, { segment }: Line): File {
  const file = disk.find(`${DATA_ROOT}/ledger/${segment}`);
  if (file?.kind !== "file") throw new Failure(`${segment} is not there`);
  return file;
}

function segmentNumber({ segment }: Line): number {
  return Number.parseInt(segment, 10);
}
