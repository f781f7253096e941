/**
 * Room that is written ahead of the lines: when there is some, that readers and starts tell it from
 * lines at every moment, and that nothing is lost by it, whatever the disk and others do.
 */
import { appendFileSync, readFileSync, truncateSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lengthOf } from "../../../runtime/evidence/next-wait.ts";
import { linesOfFile } from "../../../runtime/evidence/raw-lines.ts";
import type { Ledger } from "../../../runtime/ledger/ledger.ts";
import { readLedger } from "../../../runtime/ledger/reader.ts";
import { filledIn, isRoom, ROOM_BYTES } from "../../../runtime/ledger/room.ts";
import type { Files } from "../../../runtime/ports.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import {
  checkpointOf,
  ledgerFiles,
  QUICK,
  segment,
  start,
  stillClock,
  wholeOn,
} from "./ledger-root.ts";

/** One after another, each alone. */
async function inTurn(ledger: Ledger, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1) {
    wholeOn(ledger, `t${at}`);
    await ledger.flush();
  }
}

/** A writer that has made room, and what stands in its file. */
async function roomy(count = 6) {
  const root = freshRoot();
  // No flush takes any time, however busy the machine is.
  const { ledger } = start(root, { files: QUICK, clock: stillClock() });
  await inTurn(ledger, 0, count);
  const stands = () => readFileSync(segment(root, 1));
  const lines = () => stands().subarray(0, ledger.durable.offset);
  return { root, ledger, stands, lines };
}

const read = (root: string, files: Files = systemFiles) => {
  const entries = readLedger(files, root);
  const traces: string[] = [];
  for (let next = entries.next(); ; next = entries.next()) {
    if (next.done === true) return { traces, tail: next.value };
    traces.push(next.value.record.trace);
  }
};

describe("room", () => {
  test("is made for one after another, used up and made again, and given back", async () => {
    const { root, ledger, stands, lines } = await roomy(3);
    expect(stands().length).toBe(ledger.durable.offset);
    const sizes = new Set<number>();
    const lengths = new Set<string>();
    expect(lengthOf({ files: systemFiles, dataRoot: freshRoot() })).toBe("0 0");
    for (let at = 3; at < 300; at += 1) {
      await inTurn(ledger, at, at + 1);
      const bytes = stands();
      sizes.add(bytes.length);
      lengths.add(lengthOf({ files: systemFiles, dataRoot: root }));
      expect(filledIn(bytes)).toBe(ledger.durable.offset);
      expect(bytes.length - filledIn(bytes)).toBeLessThanOrEqual(ROOM_BYTES);
    }
    // Each length stood for many groups.
    expect(sizes.size).toBeGreaterThan(1);
    expect(sizes.size).toBeLessThan(8);
    // Who follows the ledger sees each group nevertheless.
    expect(lengths.size).toBe(297);
    const written = lines();
    await ledger.close();
    expect(stands().equals(written)).toBe(true);
    expect(read(root).traces.length).toBe(900);
  });

  test("is not made where many share their flushes", async () => {
    const { ledger, stands } = await roomy(0);
    const lane = async (own: number) => {
      for (let at = 0; at < 20; at += 1) {
        wholeOn(ledger, `t${own}-${at}`);
        await ledger.flush();
        expect(filledIn(stands())).toBe(stands().length);
      }
    };
    await Promise.all([0, 1, 2].map(lane));
    await ledger.close();
  });

  test("takes lines on a disk that has no more, and is done without where there is none", async () => {
    const root = freshRoot();
    let left = Number.POSITIVE_INFINITY;
    const openAppend: Files["openAppend"] = (path) => {
      const file = QUICK.openAppend(path);
      const append = (data: Uint8Array) => {
        file.append(data.subarray(0, Math.min(left, data.length)));
        const taken = Math.min(left, data.length);
        left -= taken;
        if (taken < data.length) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      };
      return { ...file, append };
    };
    const { ledger } = start(root, { files: { ...QUICK, openAppend } });
    await inTurn(ledger, 0, 5);
    left = 0;
    await inTurn(ledger, 5, 60);
    wholeOn(ledger, "large", { payload: "x".repeat(ROOM_BYTES) });
    await expect(ledger.flush()).rejects.toMatchObject({ code: "ledger/no-room" });
    await ledger.close();
    const stands = readFileSync(segment(root, 1));
    expect(read(root).traces.filter((_, at) => at % 3 === 0).length).toBe(60);
    // One byte stays where a writer failed.
    expect(stands.length).toBe(ledger.durable.offset + 1);
    left = ROOM_BYTES;
    const { ledger: next } = start(root, { files: { ...QUICK, openAppend } });
    for (let at = 60; left > 3_000; at += 1) await inTurn(next, at, at + 1);
    expect(filledIn(readFileSync(segment(root, 1)))).toBe(readFileSync(segment(root, 1)).length);
    await next.close();
  });

  test("is left alone once the file is not as it was left: nobody's lines are written over", async () => {
    for (const others of [
      (path: string) => truncateSync(path, read(path.slice(0, -22)).tail.end.offset),
      (path: string) => appendFileSync(path, "theirs\n"),
    ]) {
      const { root, ledger, stands } = await roomy();
      others(segment(root, 1));
      const before = stands();
      wholeOn(ledger, "late");
      await expect(ledger.flush()).rejects.toMatchObject({ code: "ledger/other-writer" });
      expect(stands().equals(before)).toBe(true);
    }
  });
});

describe("a second writer, whose lock was taken away by hand", () => {
  /** Both on one file: the second found the first's end in its checkpoint. */
  async function two(segmentBytesMax?: number) {
    const root = freshRoot();
    const clock = stillClock();
    const more = segmentBytesMax === undefined ? {} : { segmentBytesMax };
    const { ledger } = start(root, { files: QUICK, clock, ...more });
    await inTurn(ledger, 0, 6);
    const checkpoint = checkpointOf(ledger);
    const { ledger: second } = start(root, { files: QUICK, clock, checkpoint });
    await inTurn(second, 100, 102);
    return { root, ledger, before: readFileSync(segment(root, 1)) };
  }

  test("keeps what it acknowledged when the first is closed, refused or not", async () => {
    for (const isRefused of [false, true]) {
      const { root, ledger, before } = await two();
      if (isRefused) {
        wholeOn(ledger, "late");
        await expect(ledger.flush()).rejects.toMatchObject({ code: "ledger/other-writer" });
      }
      await ledger.close();
      expect(readFileSync(segment(root, 1)).equals(before)).toBe(true);
    }
  });

  test("keeps it where the first goes on to the next segment", async () => {
    const { ledger: like } = await roomy();
    const { root, ledger, before } = await two(like.durable.offset + 100);
    wholeOn(ledger, "late");
    await expect(ledger.flush()).rejects.toMatchObject({ code: "ledger/other-writer" });
    expect(readFileSync(segment(root, 1)).equals(before)).toBe(true);
    expect(Object.keys(ledgerFiles(root))).toEqual(["00000001.jsonl"]);
  });
});

describe("a start behind a writer that was killed", () => {
  test("finds no torn tail in room, with its checkpoint or without, and goes on", async () => {
    for (const behind of [false, true]) {
      const { root, ledger, lines } = await roomy();
      const checkpoint = behind ? undefined : checkpointOf(ledger);
      const { ledger: next, recovered } = start(root, { files: QUICK, checkpoint });
      expect(recovered.end).toEqual(ledger.durable);
      expect(readFileSync(segment(root, 1)).equals(lines())).toBe(true);
      await inTurn(next, 100, 103);
      await next.close();
      expect(read(root).traces.length).toBe(27);
      expect(Object.keys(ledgerFiles(root))).toEqual(["00000001.jsonl"]);
    }
  });

  test("cuts half a line that stands in room, and keeps aside what was no room", async () => {
    const { root, ledger, stands, lines } = await roomy();
    const half = Buffer.from('{"n":19,"trace":"half');
    const torn = Buffer.concat([lines(), half, stands().subarray(lines().length + half.length)]);
    const other = freshRoot();
    start(other, { files: QUICK });
    systemFiles.project(segment(other, 1), torn);
    expect(read(other).tail).toEqual({ end: ledger.durable, bytes: half.length });
    const { read: found } = start(other, { files: QUICK });
    const cut = found.at(-1)?.record;
    expect(cut).toMatchObject({ type: "cut", bytes: half.length });
    expect(ledgerFiles(other)[`cut/00000001-${ledger.durable.offset}.bin`]).toBe(half.toString());
    expect(ledgerFiles(root)).not.toHaveProperty("cut");
  });

  test("refuses zeros where the state says that lines are, and takes no more of them than room", async () => {
    const { root, ledger, lines } = await roomy();
    const checkpoint = checkpointOf(ledger);
    const written = lines();
    const gone = Buffer.from(written);
    gone.fill(0, gone.lastIndexOf(0x0a, gone.length - 2) + 1);
    systemFiles.project(segment(root, 1), gone);
    expect(() => start(root, { files: QUICK, checkpoint })).toThrow();
    for (const zeros of [ROOM_BYTES + 1, 2 * 1024 * 1024]) {
      expect(isRoom(Buffer.alloc(zeros))).toBe(false);
      const hole = Buffer.concat([written, Buffer.alloc(zeros), written]);
      systemFiles.project(segment(root, 1), hole);
      expect(() => read(root)).toThrow();
      // What was written behind it in the same group was acknowledged to nobody, and is kept aside.
      start(root, { files: QUICK });
      const aside = ledgerFiles(root)[`cut/00000001-${written.length}.bin`];
      expect(aside?.length).toBe(zeros + written.length);
    }
  });

  test("verifies a small last segment whole, however much room stands behind it", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK, clock: stillClock() });
    while (ledger.durable.offset < 200_000)
      await inTurn(ledger, ledger.durable.n, ledger.durable.n + 1);
    const checkpoint = checkpointOf(ledger);
    const bytes = Buffer.concat([
      readFileSync(segment(root, 1)).subarray(0, ledger.durable.offset),
      Buffer.alloc(ROOM_BYTES),
    ]);
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    systemFiles.project(segment(root, 1), bytes);
    expect(() => start(root, { files: QUICK, checkpoint })).toThrow();
  });

  test("finds an older copy of the ledger to be one, though it ends in room", async () => {
    const { root, ledger, stands } = await roomy();
    const older = stands();
    await inTurn(ledger, 10, 20);
    const checkpoint = checkpointOf(ledger);
    systemFiles.project(segment(root, 1), older);
    const truncated = { code: "ledger/truncated" };
    expect(() => start(root, { files: QUICK, checkpoint })).toThrow(
      expect.objectContaining(truncated),
    );
  });

  test("finds the mark of a writer that failed, also where the file could not be cut at first", async () => {
    const root = freshRoot();
    const fail = { flush: false, cut: false };
    const eio = () => Object.assign(new Error("EIO"), { code: "EIO" });
    const openAppend: Files["openAppend"] = (path) => {
      const file = QUICK.openAppend(path);
      const flush = () => (fail.flush ? Promise.reject(eio()) : file.flush());
      const truncate = (length: number) => {
        if (fail.cut) throw eio();
        file.truncate(length);
      };
      return { ...file, flush, truncate };
    };
    const { ledger } = start(root, { files: { ...QUICK, openAppend }, clock: stillClock() });
    await inTurn(ledger, 0, 6);
    Object.assign(fail, { flush: true, cut: true });
    wholeOn(ledger, "late");
    await expect(ledger.flush()).rejects.toMatchObject({ code: "ledger/flush-failed" });
    fail.cut = false;
    await ledger.close();
    expect(readFileSync(segment(root, 1)).length).toBeGreaterThan(ledger.durable.offset);
  });

  test("passes over room that a power cut brought back before a later segment", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK, segmentBytesMax: 9_000 });
    await inTurn(ledger, 0, 20);
    await ledger.close();
    const traces = read(root).traces;
    expect(ledger.durable.segment).toBeGreaterThan(2);
    appendFileSync(segment(root, 1), Buffer.alloc(700));
    appendFileSync(segment(root, 2), Buffer.alloc(2));
    expect(read(root).traces).toEqual(traces);
    const { recovered } = start(root, { files: QUICK });
    expect(recovered.end).toEqual(ledger.durable);
    // Lines that are zeros now are missed by their positions.
    const bytes = readFileSync(segment(root, 1));
    bytes.fill(0, bytes.lastIndexOf(0x0a, filledIn(bytes) - 2) + 1);
    systemFiles.project(segment(root, 1), bytes);
    expect(() => read(root)).toThrow(/record/);
  });
});

describe("a reader beside the writer", () => {
  /** Each page of a read is as the writer had left it by then, and it goes on meanwhile. */
  function during(root: string, bytes: Buffer, from: number, steps: () => number): Files {
    let written = from;
    return {
      ...systemFiles,
      readAt(path, offset, length) {
        if (path !== segment(root, 1)) return systemFiles.readAt(path, offset, length);
        const pages: Buffer[] = [];
        const end = Math.min(offset + length, bytes.length);
        for (let at = offset; at < end; ) {
          const next = Math.min(end, (Math.floor(at / 512) + 1) * 512);
          const page = Buffer.alloc(next - at);
          if (written > at) bytes.copy(page, 0, at, Math.min(next, written));
          pages.push(page);
          written = Math.min(bytes.length - 64, written + steps());
          at = next;
        }
        return Buffer.concat(pages);
      },
    };
  }

  test("finds whole lines and room, at whatever moment it reads each page", async () => {
    const { root, ledger, lines } = await roomy(24);
    const all = read(root).traces;
    const bytes = Buffer.concat([lines(), Buffer.alloc(64)]);
    const step = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }));
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.infiniteStream(step), (from, steps) => {
        const files = during(root, bytes, from, () => steps.next().value as number);
        const { traces, tail } = read(root, files);
        expect(traces).toEqual(all.slice(0, traces.length));
        expect(tail.end.n).toBe(traces.length);
        // What was written before it began, it has read.
        const before = bytes.subarray(0, from).filter((byte) => byte === 0x0a).length;
        expect(traces.length).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 300 },
    );
    await ledger.close();
  });

  test("believes zeros that stay between lines to be damage", async () => {
    const { root, lines } = await roomy();
    const bytes = Buffer.from(lines());
    const second = bytes.indexOf(0x0a) + 1;
    bytes.fill(0, second, bytes.indexOf(0x0a, second) + 1);
    systemFiles.project(segment(root, 1), bytes);
    expect(() => read(root)).toThrow(/line/);
    const found = [...linesOfFile(systemFiles, segment(root, 1))];
    expect(Buffer.concat(found.map((line) => line.bytes)).equals(bytes)).toBe(true);
  });
});
