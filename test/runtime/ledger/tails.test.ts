/**
 * Ends of ledgers as a power cut leaves them. What was acknowledged stands; what was being written is
 * kept as far as it holds and cut off from there, whatever it looks like; and a place that does not
 * hold is corruption wherever anything proves that it was on the disk.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { readLedger } from "../../../runtime/ledger/reader.ts";
import type { Checkpoint } from "../../../runtime/ports.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import {
  checkpointOf,
  LONE,
  ledgerFiles,
  loneTrace,
  NODE,
  openOn,
  putLedger,
  QUICK,
  segment,
  start,
  wholeOn,
} from "./ledger-root.ts";

interface Written {
  readonly bytes: Buffer;
  /** Where the acknowledged part of it ends, in bytes and in records. */
  readonly acknowledged: number;
  readonly records: number;
  /** Taken between the first group and the second. */
  readonly checkpoint: Checkpoint;
  /** The first byte of the last group that was acknowledged. */
  readonly lastGroup: number;
}

/** Three groups that were acknowledged, the last of them known only to itself, and one that was not. */
async function written(): Promise<Written> {
  const root = freshRoot();
  const { ledger } = start(root, { files: QUICK });
  openOn(ledger, "long");
  wholeOn(ledger, "a");
  await ledger.flush();
  const checkpoint = checkpointOf(ledger);
  wholeOn(ledger, "b");
  await ledger.flush();
  const lastGroup = ledger.durable.offset;
  wholeOn(ledger, "c");
  ledger.append("long", NODE);
  await ledger.flush();
  const { offset: acknowledged, n: records } = ledger.durable;
  wholeOn(ledger, "d");
  ledger.append("long", NODE);
  wholeOn(ledger, "e", { payload: 'ü\u0000 zeros, {"n":1 and newlines\n stand escaped' });
  await ledger.flush();
  await ledger.close();
  return { bytes: readFileSync(segment(root, 1)), acknowledged, records, checkpoint, lastGroup };
}

/** Starts on these bytes alone, with a checkpoint or without. */
function recover(root: string, bytes: Uint8Array, checkpoint: Checkpoint | undefined) {
  rmSync(root, { recursive: true, force: true });
  putLedger(root, bytes);
  return start(root, { files: QUICK, checkpoint });
}

function requireStands(root: string, found: Buffer, from: Written): void {
  const { bytes, acknowledged, records } = from;
  const after = readFileSync(segment(root, 1));
  expect(after.subarray(0, acknowledged).equals(bytes.subarray(0, acknowledged))).toBe(true);
  const entries = [...readLedger(systemFiles, root)];
  expect(entries.length).toBeGreaterThanOrEqual(records);
  // Two zeros and more at the end are room, and nothing that anybody wrote.
  const standing = Buffer.from(found.toString("latin1").replace(/\0{2,}$/, ""), "latin1");
  const cut = entries.at(-1)?.record;
  if (cut?.type !== "cut") {
    expect(after.equals(standing)).toBe(true);
    return;
  }
  // Nothing else is thrown away: what stands and what was set aside are all that was found.
  const aside = readFileSync(join(root, "ledger", cut.aside));
  const kept = after.subarray(0, cut.offset);
  expect(Buffer.concat([kept, aside]).equals(standing)).toBe(true);
}

describe("a tail that cannot have been acknowledged", () => {
  test("is cut where it stops holding, at whatever byte it ends", async () => {
    const from = await written();
    const root = freshRoot();
    for (let length = from.acknowledged; length <= from.bytes.length; length += 1) {
      const found = from.bytes.subarray(0, length);
      const checkpoint = length % 2 === 0 ? undefined : from.checkpoint;
      const { recovered } = recover(root, found, checkpoint);
      requireStands(root, found, from);
      expect(recovered.end.offset).toBe(readFileSync(segment(root, 1)).length);
    }
  });

  test("is cut whichever of its blocks were lost, zeroed or torn", async () => {
    const from = await written();
    const { bytes, acknowledged } = from;
    const root = freshRoot();
    const blocks = fc.record({
      size: fc.constantFrom(1, 7, 64, 512),
      lost: fc.infiniteStream(fc.boolean()),
      length: fc.integer({ min: acknowledged, max: bytes.length + 700 }),
      withCheckpoint: fc.boolean(),
    });
    fc.assert(
      fc.property(blocks, ({ size, lost, length, withCheckpoint }) => {
        const found = Buffer.alloc(length);
        bytes.copy(found, 0, 0, Math.min(length, bytes.length));
        for (let at = acknowledged; at < length; at += size) {
          if (lost.next().value === true) found.fill(0, at, Math.min(length, at + size));
        }
        recover(root, found, withCheckpoint ? from.checkpoint : undefined);
        requireStands(root, found, from);
        // A second start finds nothing that it must cut.
        start(root, { files: QUICK });
      }),
      { numRuns: 400 },
    );
  });

  test("is cut whichever bit of it differs", async () => {
    const from = await written();
    const { bytes, acknowledged } = from;
    const root = freshRoot();
    const bits = fc.tuple(fc.integer({ min: acknowledged, max: bytes.length - 1 }), fc.nat(7));
    fc.assert(
      fc.property(bits, ([at, bit]) => {
        const found = Buffer.from(bytes);
        found[at] = (found[at] ?? 0) ^ (1 << bit);
        recover(root, found, from.checkpoint);
        requireStands(root, found, from);
      }),
      { numRuns: 400 },
    );
  });
});

describe("a place that was on the disk", () => {
  /** Refused, and not a byte of the ledger is touched. */
  const refused = (root: string, bytes: Uint8Array, checkpoint: Checkpoint | undefined) => {
    rmSync(root, { recursive: true, force: true });
    putLedger(root, bytes);
    const before = ledgerFiles(root);
    expect(() => start(root, { files: QUICK, checkpoint })).toThrow(Refusal);
    expect(ledgerFiles(root)).toEqual(before);
  };

  test("is corruption where a record behind it says so, whatever byte differs", async () => {
    const { bytes, lastGroup } = await written();
    const root = freshRoot();
    // The last group says that those before it were flushed, and needs no checkpoint for that.
    for (let at = 0; at < lastGroup; at += 1) {
      const found = Buffer.from(bytes);
      found[at] = (found[at] ?? 0) ^ 1;
      refused(root, found, undefined);
    }
  });

  test.each(LONE)("is corruption where a record `$type` behind it says so", async (body) => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK });
    wholeOn(ledger, "a");
    await ledger.flush();
    const { n: flushed, offset } = ledger.durable;
    ledger.append(loneTrace(body), { ...body, flushed });
    await ledger.flush();
    await ledger.close();
    const bytes = readFileSync(segment(root, 1));
    // Without the newline before it, what says so is itself no line.
    for (let at = 0; at < offset - 1; at += 5) {
      const found = Buffer.from(bytes);
      found[at] = (found[at] ?? 0) ^ 1;
      refused(root, found, undefined);
    }
  });

  test("is corruption where a record behind a hole says so", async () => {
    const { bytes, acknowledged, lastGroup } = await written();
    const root = freshRoot();
    const ranges = fc.tuple(fc.nat(lastGroup - 1), fc.nat(lastGroup - 1));
    fc.assert(
      fc.property(ranges, ([a, b]) => {
        const found = Buffer.from(bytes);
        found.fill(0, Math.min(a, b), Math.max(a, b) + 1);
        refused(root, found, undefined);
      }),
      { numRuns: 200 },
    );
    // All of the first two groups, to the byte: the line behind them begins behind a zero.
    const known = Buffer.from(bytes.subarray(0, acknowledged));
    refused(root, known.fill(0, 0, lastGroup), undefined);
  });

  test("is corruption where the checkpoint says so, whatever stands behind it", async () => {
    const { bytes, checkpoint } = await written();
    const root = freshRoot();
    const { offset } = checkpoint.watermark.durable;
    const found = bytes.subarray(0, offset);
    for (let at = 0; at < offset; at += 1) {
      const changed = Buffer.from(found);
      changed[at] = (changed[at] ?? 0) ^ 1;
      refused(root, changed, checkpoint);
      refused(root, found.subarray(0, at), checkpoint);
    }
  });

  test("is corruption where its hash is its own: no disk makes such a line", async () => {
    const { bytes, acknowledged } = await written();
    const root = freshRoot();
    const lines = bytes
      .subarray(acknowledged)
      .toString()
      .split(/(?<=\n)/);
    const without = (index: number) =>
      Buffer.concat([
        bytes.subarray(0, acknowledged),
        Buffer.from(lines.filter((_, at) => at !== index).join("")),
      ]);
    for (let index = 0; index < lines.length - 1; index += 1) {
      refused(root, without(index), undefined);
    }
  });
});
