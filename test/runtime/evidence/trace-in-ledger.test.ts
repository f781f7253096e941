/** A trace without a file is read from the ledger, by the index where it helps and without it else. */
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import Database from "libsql";
import { beforeAll, describe, expect, test } from "vitest";
import { examine } from "../../../runtime/evidence/examine.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { recordsIn } from "../../../runtime/evidence/ledger-source.ts";
import { linesOfFile } from "../../../runtime/evidence/raw-lines.ts";
import { readTrace } from "../../../runtime/evidence/read-trace.ts";
import { traceInLedger } from "../../../runtime/evidence/trace-in-ledger.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { copyOf, ledgerBytes, ledgerFile, recordsOf } from "../on-disk.ts";
import { recordedRoot, snapshot, traceFile } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

function found(dataRoot: string, trace: string) {
  const reading = traceInLedger(files, dataRoot, trace);
  return (
    reading && { records: reading.records, problems: reading.problems.map(({ code }) => code) }
  );
}

/** Counts the bytes that are read of the ledger. */
function counting() {
  let bytes = 0;
  const readAt: typeof files.readAt = (path, offset, length) => {
    const read = files.readAt(path, offset, length);
    bytes += read.length;
    return read;
  };
  return { files: { ...files, readAt }, bytes: () => bytes };
}

const INDEXES: readonly [name: string, change: (state: string) => void][] = [
  ["with the index", () => {}],
  ["without an index", (state) => rmSync(state)],
  ["with an index that is no database", (state) => writeFileSync(state, "x".repeat(4_096))],
  ["with an index that names another end", sql("UPDATE execution SET last = first + 1")],
  ["with an index that names another beginning", sql("UPDATE execution SET first = first + 3")],
  ["with an index that hides the trace", sql("DELETE FROM execution")],
  ["with an index that points into a line", sql("INSERT INTO mark VALUES (0, 1, 77)")],
  ["with an index that points behind the ledger", sql("INSERT INTO mark VALUES (0, 9, 0)")],
];

function sql(statement: string): (state: string) => void {
  return (state) => {
    const database = new Database(state);
    database.exec(statement);
    database.close();
  };
}

describe.each(INDEXES)("%s", (_, change) => {
  let dataRoot = "";
  beforeAll(() => {
    dataRoot = copyOf(base);
    change(join(dataRoot, "state.db"));
  });

  test.each(["t1", "t2", "t3"])("%s is what its file says", (trace) => {
    const path = traceFile(base, trace);
    const { records } = readTrace(linesOfFile(files, path), path);
    expect(found(dataRoot, trace)).toEqual({ records, problems: [] });
  });

  test("a trace that is not there is not found", () => {
    expect(found(dataRoot, "t4")).toBeUndefined();
  });
});

test("its lines stand where the ledger has them", () => {
  const reading = traceInLedger(files, base, "t2");
  const lines = ledgerBytes(base).toString("utf8").split("\n");
  expect(
    reading?.places.map(({ file, line }) => [file, JSON.parse(lines[line - 1] ?? "").n]),
  ).toEqual(recordsOf(base, "t2").map(({ n }) => [ledgerFile(base), n]));
});

test("an open trace is read as far as it goes, a line that is being written left out", () => {
  const dataRoot = copyOf(base);
  const bytes = ledgerBytes(dataRoot);
  const lastLine = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
  truncateSync(ledgerFile(dataRoot), lastLine);
  const open = { records: recordsOf(base, "t3").slice(0, -1), problems: ["trace/open"] };
  expect(found(dataRoot, "t3")).toEqual({ ...open, problems: ["ledger/truncated"] });
  rmSync(join(dataRoot, "state.db"));
  expect(found(dataRoot, "t3")).toEqual(open);
  appendFileSync(ledgerFile(dataRoot), bytes.subarray(lastLine, lastLine + 100));
  expect(found(dataRoot, "t3")).toEqual(open);
});

test("an open trace of a ledger holds, and an examination says where it stands", () => {
  const dataRoot = copyOf(base);
  rmSync(join(dataRoot, "state.db"));
  const bytes = ledgerBytes(dataRoot);
  truncateSync(ledgerFile(dataRoot), bytes.lastIndexOf("\n", bytes.length - 2) + 1);
  const reading = traceInLedger(files, dataRoot, "t3");
  if (reading === undefined) throw new Error("the ledger has it");
  const ledger = () => recordsIn({ files, dataRoot });
  const examined = examine(reading, { snapshot: () => snapshot, ledger, locate: () => undefined });
  expect(examined.integrity).toMatchObject({ ok: true, problems: [] });
  expect(examined.integrity.checked.ledger).toBe(true);
  expect(examined.open).toEqual({ node: "registered", calling: false });
  expect(examined.findings.map(({ code }) => code)).toEqual(["trace/open"]);
  const text = examinationText(examined);
  expect(text).toContain("open: `registered` comes next");
  expect(text).not.toContain("the file");
  const cutOff = examine({ ...reading, from: "file" }, { ...NOTHING, locate: () => undefined });
  expect(cutOff.integrity.problems.map(({ code }) => code)).toEqual(["trace/open"]);
});

/** Nothing is at hand beside the trace. */
const NOTHING = { snapshot: () => undefined, ledger: undefined };

test("every byte of its own that was changed is told, and no other trace's", () => {
  const dataRoot = copyOf(base);
  const bytes = readFileSync(ledgerFile(base));
  const [first, last] = ["t2", "t3"].map((trace) => bytes.indexOf(`"trace":"${trace}"`));
  if (first === undefined || last === undefined) throw new Error("the ledger has both");
  const begins = bytes.lastIndexOf("\n", first) + 1;
  const ends = bytes.lastIndexOf("\n", last) + 1;
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ by;
      writeFileSync(ledgerFile(dataRoot), changed);
      const reading = found(dataRoot, "t2");
      // The newline before it ends its first line's neighbour; another line may now claim to be its.
      const isOwn = at >= begins - 1 && at < ends;
      const claims = (text: Buffer) => text.toString("latin1").split('"trace":"t2"').length;
      fc.pre(isOwn || claims(changed) === claims(bytes));
      if (isOwn) expect(reading?.problems).not.toEqual([]);
      else expect(reading).toEqual({ records: recordsOf(base, "t2"), problems: [] });
    }),
    { numRuns: 300 },
  );
});

test("with the index no more is read than from the mark before it to its end", () => {
  const dataRoot = copyOf(base);
  const { n, offset } = beginning("t3", dataRoot);
  sql(`INSERT OR REPLACE INTO mark VALUES (${n - 1}, 1, ${offset})`)(join(dataRoot, "state.db"));
  const count = counting();
  expect(traceInLedger(count.files, dataRoot, "t3")?.problems).toEqual([]);
  // What stands before is only counted, for the numbers of the lines.
  expect(count.bytes()).toBeLessThanOrEqual(ledgerBytes(dataRoot).length);
});

function beginning(trace: string, dataRoot: string): { n: number; offset: number } {
  const reading = traceInLedger(files, dataRoot, trace);
  return { n: reading?.records[0]?.n ?? 0, offset: reading?.places[0]?.position ?? 0 };
}
