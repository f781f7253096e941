/** Lines that a thread checks ahead: what is handed out is what reading without it hands out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { checkedAhead } from "../../../runtime/ledger/check-ahead.ts";
import { readOpen } from "../../../runtime/ledger/open-records.ts";
import { type AheadLine, ReadAhead } from "../../../runtime/ledger/read-ahead.ts";
import { BEGINNING, type Entry, readLedger, walkLedger } from "../../../runtime/ledger/reader.ts";
import { recoverLedger } from "../../../runtime/ledger/recovery.ts";
import { lastSegment } from "../../../runtime/ledger/segments.ts";
import { CheckedPieces, TakenPieces } from "../../../runtime/ledger/shared-pieces.ts";
import type { Files, OpenTrace, RecordPlace } from "../../../runtime/ports.ts";
import { systemClock, systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import { openOn, openUpTo, putLedger, QUICK, segment, start, wholeOn } from "./ledger-root.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(root, "node_modules", ".check-worker-"));
const workerFile = join(folder, "check-worker.cjs");
const MEASURES = { pieces: 8, pieceBytes: 8_192 };

let segments: readonly Buffer[];

beforeAll(async () => {
  await build({
    entryPoints: [join(root, "runtime/ledger/check-worker.ts")],
    outfile: workerFile,
    bundle: true,
    platform: "node",
    format: "cjs",
  });
  const dataRoot = freshRoot();
  const { ledger } = start(dataRoot, { files: QUICK, segmentBytesMax: 80_000 });
  for (let at = 0; at < 100; at += 1) {
    wholeOn(ledger, `whole-${at}`, { payload: { name: `Ä${at}🙂` } });
    if (at % 3 === 0) openOn(ledger, `open-${at}`);
    if (at === 60) openOn(ledger, "long", { payload: "x".repeat(3 * MEASURES.pieceBytes) });
    if (at % 20 === 0) await ledger.flush();
  }
  await ledger.flush();
  await ledger.close();
  const count = lastSegment(systemFiles, dataRoot);
  segments = Array.from({ length: count }, (_, at) => readFileSync(segment(dataRoot, at + 1)));
  expect(count).toBeGreaterThan(2);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A disk so slow that the thread comes along. */
const SLOW: Files = {
  ...systemFiles,
  readAt(path, offset, length) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
    return systemFiles.readAt(path, offset, length);
  },
};

/** All that a reader finds, and how many of its lines a thread had checked. */
function found(dataRoot: string, worker: string | undefined) {
  const last = lastSegment(systemFiles, dataRoot);
  const options = { files: SLOW, dataRoot, from: BEGINNING, last };
  const pieces = worker === undefined ? undefined : checkedAhead(worker, MEASURES);
  const reading = pieces && new ReadAhead({ ...options, pieces });
  let checked = 0;
  const ahead = reading && {
    *linesOf(number: number): Generator<AheadLine> {
      for (const line of reading.linesOf(number)) {
        if (line.isChecked) checked += 1;
        yield line;
      }
    },
  };
  const entries = walkLedger(systemFiles, dataRoot, { ...BEGINNING, ahead }, last);
  const read: unknown[] = [];
  for (let next = entries.next(); ; next = entries.next()) {
    if (next.done === true) {
      reading?.end();
      const { end, bad } = next.value;
      const stop = bad && { ...bad, raw: told(bad.raw) };
      return { checked, all: { read, end, stop } };
    }
    const { record, raw, start } = next.value;
    read.push(JSON.stringify([record, start, raw.file, raw.position, [...raw.bytes]]));
  }
}

/** Of what is too long for a line, how far it was read is nobody's business. */
function told({ bytes, file, position, line }: AheadLine["raw"]) {
  const text = Buffer.from(bytes).toString("latin1", 0, 2_000);
  return { text, bytes: Math.min(bytes.length, LIMITS.recordBytesMax + 1), file, position, line };
}

/** A line of the second segment, somewhere in its middle: where it begins, and where it ends. */
function lineIn(bytes: Buffer): readonly [start: number, end: number] {
  const start = bytes.indexOf("\n", bytes.length >> 1) + 1;
  return [start, bytes.indexOf("\n", start) + 1];
}

function replaced(bytes: Buffer, [start, end]: readonly [number, number], by: string | Uint8Array) {
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(by as string), bytes.subarray(end)]);
}

/** The same record, its hash its own, with other members. */
function forged(line: Buffer, more: object): string {
  const { n, trace, seq, at, prev, hash: _, ...body } = JSON.parse(String(line)) as LedgerRecord;
  return writeLine({ n, trace, seq, at, prev }, { ...body, ...more } as RecordBody).line;
}

type Damage = (bytes: Buffer) => Uint8Array;

const DAMAGES: Readonly<Record<string, Damage>> = {
  nothing: (bytes) => bytes,
  "a bit": (bytes) => {
    const [start] = lineIn(bytes);
    return replaced(bytes, [start + 40, start + 41], [(bytes[start + 40] ?? 0) ^ 1] as never);
  },
  "a line that is gone": (bytes) => replaced(bytes, lineIn(bytes), ""),
  "a line that is there twice": (bytes) => {
    const [start, end] = lineIn(bytes);
    return replaced(bytes, [end, end], bytes.subarray(start, end));
  },
  "zeros in the middle": (bytes) => replaced(bytes, lineIn(bytes), new Uint8Array(500)),
  "a torn end": (bytes) => bytes.subarray(0, bytes.length - 30),
  "an end within a piece, without its newline": (bytes) => bytes.subarray(0, lineIn(bytes)[1] - 1),
  "a forged member": (bytes) => {
    const [start, end] = lineIn(bytes);
    return replaced(bytes, [start, end], forged(bytes.subarray(start, end), { node: 5, other: 1 }));
  },
  "a forged number": (bytes) => {
    const [start, end] = lineIn(bytes);
    const [head = ""] = forged(bytes.subarray(start, end), { number: 1 }).split(',"hash":');
    const beyond = head.replace('"number":1', '"number":1e999');
    const line = `${beyond},"hash":"${sha256(`${beyond}}\n`)}"}\n`;
    return replaced(bytes, [start, end], line);
  },
  "no newline for long": (bytes) => replaced(bytes, lineIn(bytes), "y".repeat(9 * 1024 * 1024)),
};

describe("what is read ahead", () => {
  let checked = 0;

  test.each(Object.entries(DAMAGES))("is what is read without a thread: %s", (_, damage) => {
    for (const which of [1, segments.length - 1]) {
      const dataRoot = freshRoot();
      putLedger(dataRoot, ...segments.map((bytes, at) => (at === which ? damage(bytes) : bytes)));
      const ahead = found(dataRoot, workerFile);
      checked += ahead.checked;
      expect(ahead.all).toEqual(found(dataRoot, undefined).all);
    }
  });

  test("had been checked by the thread, in part", () => {
    expect(checked).toBeGreaterThan(0);
  });

  test("needs no thread that lives", () => {
    const dataRoot = freshRoot();
    putLedger(dataRoot, ...segments);
    const broken = join(folder, "broken.cjs");
    writeFileSync(broken, 'throw new Error("no");');
    const ahead = found(dataRoot, broken);
    expect(ahead.checked).toBe(0);
    expect(ahead.all).toEqual(found(dataRoot, undefined).all);
  });

  /** What a start says of a ledger. */
  const saidOf = (dataRoot: string, checkWorkerFile?: string) => {
    const common = { dataRoot, files: SLOW, clock: systemClock, watermark: undefined, open: [] };
    try {
      recoverLedger({ ...common, each: () => {}, checkWorkerFile, aheadBytesMin: 0 });
    } catch (error) {
      return String(error);
    }
    return "taken";
  };

  test("needs no thread that can be started", () => {
    const dataRoot = freshRoot();
    putLedger(dataRoot, ...segments);
    expect(checkedAhead("no/path/of/a/thread.cjs")).toBeUndefined();
    expect(saidOf(dataRoot, "no/path/of/a/thread.cjs")).toBe("taken");
  });

  test.each(["a bit", "a forged member"])("is refused by a start at the same place: %s", (name) => {
    const dataRoot = freshRoot();
    const damage = DAMAGES[name] as Damage;
    putLedger(dataRoot, ...segments.map((bytes, at) => (at === 1 ? damage(bytes) : bytes)));
    expect(saidOf(dataRoot, workerFile)).toContain("00000002.jsonl");
    expect(saidOf(dataRoot, workerFile)).toBe(saidOf(dataRoot));
  });

  test("is refused for what comes first, where a later segment cannot be read at all", () => {
    const refusals = [workerFile, undefined].map((file) => {
      const dataRoot = freshRoot();
      const damage = DAMAGES["a bit"] as Damage;
      putLedger(dataRoot, ...segments.map((bytes, at) => (at === 0 ? damage(bytes) : bytes)));
      rmSync(segment(dataRoot, 2));
      mkdirSync(segment(dataRoot, 2));
      return saidOf(dataRoot, file).replaceAll(dataRoot, "");
    });
    expect(refusals[0]).toContain("00000001.jsonl");
    expect(refusals[0]).toBe(refusals[1]);
  });
});

describe("what is open, read ahead by its places", () => {
  const AWRY: Readonly<Record<string, (place: RecordPlace) => RecordPlace>> = {
    nothing: (place) => place,
    "a place that begins within a line": ({ start, bytes }) => {
      return { start: { ...start, offset: start.offset + 9 }, bytes: bytes - 9 };
    },
    "a place that ends within a line": ({ start, bytes }) => ({ start, bytes: bytes - 9 }),
    "a place of two lines": ({ start, bytes }) => ({ start, bytes: 2 * bytes }),
    "a place of another record": ({ start, bytes }) => ({ start: { ...start, n: 1 }, bytes }),
  };

  /** What stays open in the whole ledger; one place in the middle is awry. */
  function openIn(dataRoot: string, awry: (place: RecordPlace) => RecordPlace): OpenTrace[] {
    return (openUpTo(dataRoot, 10_000) as OpenTrace[]).map(({ trace, places }, at) => {
      return { trace, places: at === 20 ? places.map(awry) : places };
    });
  }

  function foundOpen(dataRoot: string, open: readonly OpenTrace[], isAhead: boolean) {
    const ahead = isAhead ? checkedAhead(workerFile, MEASURES) : undefined;
    const read: string[] = [];
    const each = ({ record, start, raw }: Entry) =>
      void read.push(JSON.stringify([record, start, told(raw)]));
    try {
      const heads = readOpen({ files: SLOW, dataRoot, open, each, ahead });
      return { read, heads };
    } catch (error) {
      return { read, error: String(error) };
    } finally {
      ahead?.end();
    }
  }

  test.each(Object.entries(AWRY))("is what is read without a thread: %s", (_, awry) => {
    const dataRoot = freshRoot();
    putLedger(dataRoot, ...segments);
    const open = openIn(dataRoot, awry);
    expect(open.length).toBeGreaterThan(30);
    expect(foundOpen(dataRoot, open, true)).toEqual(foundOpen(dataRoot, open, false));
  });

  test.each(["a bit", "a forged member", "zeros in the middle"])(
    "is refused where it does not hold: %s",
    (name) => {
      const whole = freshRoot();
      putLedger(whole, ...segments);
      const entries = [...readLedger(systemFiles, whole)];
      const open = entries.map(({ record, start, raw }) => {
        return { trace: record.trace, places: [{ start, bytes: raw.bytes.length }] };
      });
      const dataRoot = freshRoot();
      const damage = DAMAGES[name] as Damage;
      putLedger(dataRoot, ...segments.map((bytes, at) => (at === 1 ? damage(bytes) : bytes)));
      const firsts = open.filter(({ trace }, at) => entries[at]?.record.seq === 1 && trace !== "");
      expect(foundOpen(dataRoot, firsts, true)).toEqual(foundOpen(dataRoot, firsts, false));
    },
  );
});

describe("pieces that two threads see", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const measures = { pieces: 6, pieceBytes: 16 };

  function filled(...texts: readonly string[]): TakenPieces {
    const taken = new TakenPieces(measures);
    for (const text of texts) taken.fill(bytes(text));
    return taken;
  }

  test("are checked but for those that are about to be taken, and taken as what they are", () => {
    const taken = filled("first", "second", "third", "bad", "fifth");
    const seen: string[] = [];
    new CheckedPieces(taken.memory, measures).checkAll((piece) => {
      const text = Buffer.from(piece).toString();
      seen.push(text);
      if (text === "fifth") taken.end();
      return text !== "bad";
    });
    expect(seen).toEqual(["third", "bad", "fifth"]);
    const all = Array.from({ length: 5 }, () => taken.take());
    expect(all.map((piece) => Buffer.from(piece.bytes).toString())).toEqual([
      ...["first", "second", "third", "bad", "fifth"],
    ]);
    expect(all.map(({ isChecked }) => isChecked)).toEqual([false, false, true, false, true]);
  });

  test("have room for others once they are taken, but for the one in hand", () => {
    const taken = filled("1", "2", "3", "4", "5");
    expect(taken.hasRoom).toBe(false);
    const first = taken.take();
    expect(taken.hasRoom).toBe(true);
    taken.fill(bytes("6"));
    expect(Buffer.from(first.bytes).toString()).toBe("1");
    expect(taken.hasRoom).toBe(false);
  });

  test("are all taken unchecked behind one that is not let go of in time", () => {
    const taken = filled("first", "second", "third", "fourth");
    const checking = new CheckedPieces(taken.memory, measures);
    checking.checkAll((piece) => {
      if (Buffer.from(piece).toString() === "fourth") {
        const all = Array.from({ length: 4 }, () => taken.take().isChecked);
        expect(all).toEqual([false, false, true, false]);
        taken.end();
      }
      return true;
    });
    taken.fill(bytes("fifth"));
    expect(taken.take().isChecked).toBe(false);
  });
});
