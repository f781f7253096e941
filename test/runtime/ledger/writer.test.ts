import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { readLedger } from "../../../runtime/ledger/reader.ts";
import type { Files } from "../../../runtime/ports.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import {
  checkpointOf,
  closed,
  ledgerFiles,
  NODE,
  OPENED,
  openOn,
  openUpTo,
  QUICK,
  segment,
  start,
  wholeOn,
} from "./ledger-root.ts";

const CLOSED = closed(3);
const SMALL = { segmentBytesMax: 2_000 };

describe("a ledger that outgrows a segment", () => {
  test("goes on in the next one, in one order, and is read as one", async () => {
    const root = freshRoot();
    const { ledger } = start(root, SMALL);
    for (let at = 0; at < 20; at += 1) {
      for (const body of [OPENED, NODE, CLOSED]) ledger.append(`t${at}`, body);
      if (at % 3 === 0) await ledger.flush();
    }
    await ledger.flush();
    await ledger.close();
    const segments = readdirSync(join(root, "ledger"));
    expect(segments.length).toBeGreaterThan(5);
    expect(segments.at(-1)).toBe(`${String(segments.length).padStart(8, "0")}.jsonl`);
    const entries = [...readLedger(systemFiles, root)];
    expect(entries.map(({ record }) => record.n)).toEqual(
      Array.from({ length: 60 }, (_, at) => at + 1),
    );
  });

  test("is read from where the state has come, even with traces open there", async () => {
    const root = freshRoot();
    const { ledger } = start(root, SMALL);
    ledger.append("early", OPENED);
    ledger.append("early", NODE);
    ledger.append("late", OPENED);
    ledger.append("early", CLOSED);
    ledger.append("late", NODE);
    await ledger.flush();
    const checkpoint = checkpointOf(ledger);
    expect(checkpoint.open.map(({ trace }) => trace)).toEqual(["late"]);
    ledger.append("late", CLOSED);
    for (let at = 0; at < 10; at += 1) {
      for (const body of [OPENED, NODE, CLOSED]) ledger.append(`t${at}`, body);
    }
    await ledger.flush();
    await ledger.close();
    const again = start(root, { checkpoint });
    const read = again.read.map(({ record }) => record.n);
    // The records of what was open, then all that stands behind the checkpoint.
    expect(read).toEqual([3, 5, ...Array.from({ length: 31 }, (_, at) => at + 6)]);
    expect(again.recovered.end.n).toBe(36);
  });

  test("remembers a trace until its end is on the disk", async () => {
    const { ledger } = start(freshRoot(), SMALL);
    ledger.append("t", OPENED);
    expect(ledger.open()).toEqual([]);
    await ledger.flush();
    ledger.append("t", NODE);
    ledger.append("t", CLOSED);
    const [open] = ledger.open();
    expect(open).toMatchObject({
      trace: "t",
      places: [{ start: { n: 0, segment: 1, offset: 0 } }],
    });
    expect(open?.places[0]?.bytes).toBe(ledger.durable.offset);
    await ledger.flush();
    expect(ledger.open()).toEqual([]);
    await ledger.close();
  });
});

describe("a line", () => {
  test("stands in the file as it was given, whatever is written in it", async () => {
    const texts = fc.array(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.integer({ min: 1, max: 100_000 }).map((length) => "ü".repeat(length)),
      ),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(texts, fc.boolean(), async (payloads, flushed) => {
        const root = freshRoot();
        const { ledger } = start(root, { files: QUICK });
        const lines: Uint8Array[] = [];
        const records: LedgerRecord[] = [];
        for (const [at, payload] of payloads.entries()) {
          const body = { ...OPENED, flushed: ledger.durable.n, payload };
          records.push(ledger.append(`t${at}`, body, lines));
          if (flushed) await ledger.flush();
        }
        await ledger.flush();
        await ledger.close();
        expect(lines.map((line) => JSON.parse(Buffer.from(line).toString()))).toEqual(records);
        expect(readFileSync(segment(root, 1)).equals(Buffer.concat(lines))).toBe(true);
        expect([...readLedger(systemFiles, root)].length).toBe(payloads.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a group that spans segments", () => {
  /** The files of a quick disk, with what was asked of them in order. */
  const watched = (calls: string[]): Files => ({
    ...QUICK,
    openAppend(path) {
      const name = path.slice(-7, -6);
      const file = QUICK.openAppend(path);
      calls.push(`open ${name}`);
      return {
        ...file,
        append: (data) => {
          calls.push(`append ${name}`);
          file.append(data);
        },
        flush: async () => void calls.push(`flush ${name}`),
      };
    },
    flushFolder: () => void calls.push("folder"),
  });

  test("has each flushed before the next is made, and is acknowledged behind all of them", async () => {
    const calls: string[] = [];
    const { ledger } = start(freshRoot(), { files: watched(calls), ...SMALL });
    calls.length = 0;
    for (let at = 0; at < 6; at += 1) wholeOn(ledger, `t${at}`);
    await ledger.flush();
    const of = (name: number) => [`open ${name}`, `append ${name}`, `flush ${name}`, "folder"];
    const expected = Array.from({ length: ledger.durable.segment }, (_, at) => of(at + 1)).flat();
    expect(ledger.durable.segment).toBeGreaterThan(2);
    expect(calls).toEqual(expected);
    await ledger.close();
  });

  test("has its name flushed, too, where a writer that was killed had made the file", async () => {
    const root = freshRoot();
    mkdirSync(join(root, "ledger"), { recursive: true });
    writeFileSync(segment(root, 1), "");
    const calls: string[] = [];
    const { ledger } = start(root, { files: watched(calls) });
    calls.length = 0;
    wholeOn(ledger, "t1");
    await ledger.flush();
    expect(calls).toEqual(["open 1", "append 1", "flush 1", "folder"]);
    await ledger.close();
  });

  test("is corrupt where a segment does not hold that another follows", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK, ...SMALL });
    // One group: no record of it knows of a flush.
    for (let at = 0; at < 6; at += 1) wholeOn(ledger, `t${at}`);
    await ledger.flush();
    await ledger.close();
    const first = readFileSync(segment(root, 1));
    const changed = Buffer.from(first);
    changed[first.length - 5] = 0;
    for (const bytes of [first.subarray(0, first.length - 1), first.subarray(0, 9), changed]) {
      systemFiles.project(segment(root, 1), bytes);
      const before = ledgerFiles(root);
      expect(() => start(root, { files: QUICK })).toThrow(segment(root, 1));
      expect(ledgerFiles(root)).toEqual(before);
    }
  });
});

describe("what is open", () => {
  test("is told as a reader of the ledger finds it, whatever was written and flushed", async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.nat(5) },
        { weight: 1, arbitrary: fc.constant("flush" as const) },
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const root = freshRoot();
        const { ledger } = start(root, { files: QUICK, ...SMALL });
        const seqs = new Map<number, number>();
        const names = new Map<number, string>();
        let opened = 0;
        for (const step of list) {
          if (step === "flush") {
            await ledger.flush();
            continue;
          }
          const seq = (seqs.get(step) ?? 0) + 1;
          if (seq === 1) names.set(step, `t${++opened}`);
          const open = names.get(step) ?? "";
          if (seq === 1) openOn(ledger, open);
          else if (seq < 4) ledger.append(open, NODE);
          else ledger.append(open, closed(4));
          seqs.set(step, seq === 4 ? 0 : seq);
        }
        const told = ledger.open();
        const { n } = ledger.durable;
        expect(ledger.open()).toEqual(told);
        ledger.open().forEach((open, at) => void expect(open).toBe(told[at]));
        await ledger.flush();
        await ledger.close();
        expect(told).toEqual(openUpTo(root, n));
      }),
      { numRuns: 60 },
    );
  });

  test("is read from its places alone, however long the ledger has become", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK, segmentBytesMax: 100_000 });
    const padded = { payload: "x".repeat(2_000) };
    for (let at = 0; at < 600; at += 1) {
      if (at % 200 === 100) openOn(ledger, `open${at}`);
      wholeOn(ledger, `t${at}`, padded);
      if (at === 500) ledger.append("open300", NODE);
      if (at % 50 === 0) await ledger.flush();
    }
    await ledger.flush();
    const checkpoint = checkpointOf(ledger);
    for (const at of [1, 2]) wholeOn(ledger, `late${at}`);
    await ledger.flush();
    await ledger.close();
    expect(ledger.durable.segment).toBeGreaterThan(15);
    let bytes = 0;
    const files: Files = {
      ...QUICK,
      readAt(path, offset, length) {
        const read = QUICK.readAt(path, offset, length);
        bytes += read.length;
        return read;
      },
      read: () => expect.unreachable("a start reads no whole file"),
    };
    const again = start(root, { files, checkpoint });
    const read = again.read.map(({ record }) => `${record.trace} ${record.type}`);
    const late = (name: string) => ["opened", "node", "closed"].map((type) => `${name} ${type}`);
    const open = ["open100 opened", "open300 opened", "open500 opened", "open300 node"];
    expect(read).toEqual([...open, ...late("late1"), ...late("late2")]);
    // What is open, what is not applied, and the last segment: verified, and copied.
    const last = readFileSync(segment(root, ledger.durable.segment)).length;
    expect(bytes).toBeLessThan(2 * last + 40_000);
    // The writer goes on with what was open.
    again.ledger.append("open100", closed(2));
    await again.ledger.flush();
    expect(again.ledger.open().map(({ trace }) => trace)).toEqual(["open300", "open500"]);
    await again.ledger.close();
    expect([...readLedger(systemFiles, root)].length).toBe(600 * 3 + 4 + 6 + 1);
  });

  test("is refused where a place does not hold its record", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK });
    openOn(ledger, "a");
    openOn(ledger, "b");
    ledger.append("a", NODE);
    await ledger.flush();
    const { watermark, open } = checkpointOf(ledger);
    await ledger.close();
    const [a, b] = open;
    if (a === undefined || b === undefined) return expect.unreachable();
    const wrong = [
      [{ ...a, places: a.places.slice(1) }, b],
      [{ ...a, trace: "b" }],
      [{ ...a, places: b.places }],
      [{ ...a, places: a.places.map((place) => ({ ...place, bytes: place.bytes - 1 })) }],
    ];
    for (const forged of wrong) {
      const again = () => start(root, { checkpoint: { watermark, open: forged } });
      expect(again).toThrow(segment(root, 1));
    }
  });
});

describe("a trace", () => {
  test("opens once, first, and has no record behind its end", async () => {
    const { ledger } = start(freshRoot(), SMALL);
    expect(() => ledger.append("t", NODE)).toThrow("opens once");
    ledger.append("t", OPENED);
    expect(() => ledger.append("t", OPENED)).toThrow("opens once");
    ledger.append("t", CLOSED);
    expect(() => ledger.append("t", NODE)).toThrow("follows the end");
    await ledger.flush();
    expect(() => ledger.append("t", NODE)).toThrow("opens once");
    await ledger.close();
  });
});

describe("a writer at fault", () => {
  test("writes nothing more", async () => {
    const root = freshRoot();
    const { ledger } = start(root, SMALL);
    for (const body of [OPENED, NODE, CLOSED]) ledger.append("t", body);
    const whole = ledger.flush();
    ledger.append("half", OPENED);
    const waiting = ledger.flush();
    ledger.stop(new Error("an assertion failed"));
    await whole;
    await expect(waiting).rejects.toThrow("an assertion failed");
    expect(() => ledger.append("more", OPENED)).toThrow("an assertion failed");
    await ledger.close();
    expect([...readLedger(systemFiles, root)].length).toBe(3);
  });
});
