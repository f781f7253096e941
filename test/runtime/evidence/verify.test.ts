/** Verifying a data root names everything in ledger, traces, snapshots and state that does not hold. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import Database from "libsql";
import { beforeAll, describe, expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { during, freshRoot, ledgerBytes, ledgerFile } from "../on-disk.ts";
import { recordedRoot, snapshot, traceFile, tracesOf, verified } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

/** A copy of the data root and its traces. */
function copied(): string {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  return dataRoot;
}

async function codesIn(dataRoot: string): Promise<readonly string[]> {
  const { ok, problems } = await verified(dataRoot);
  expect(ok).toBe(problems.length === 0);
  return problems.map(({ code }) => code);
}

test("a data root that holds says what was checked", async () => {
  const { ok, checked, problems, open } = await verified(base);
  expect(problems).toEqual([]);
  expect(ok).toBe(true);
  expect(checked).toEqual({ records: 14, traces: 3, snapshots: 1, state_keys: 7 });
  expect(open).toEqual([]);
});

test("where nothing was ever written, nothing is said to hold", async () => {
  await expect(verified(join(base, "nowhere"))).rejects.toMatchObject({ code: "ledger/not-found" });
});

test("a ledger that is gone is missed by the state and by every trace", async () => {
  const dataRoot = copied();
  rmSync(join(dataRoot, "ledger"), { recursive: true });
  expect(await codesIn(dataRoot)).toEqual([
    ...Array<string>(3).fill("trace/not-in-ledger"),
    "ledger/truncated",
    "state/not-compared",
  ]);
});

describe("the ledger", () => {
  test("every single-byte change is refused in its line (L5)", async () => {
    const dataRoot = copied();
    const bytes = ledgerBytes(dataRoot);
    const change = fc.record({
      at: fc.integer({ min: 0, max: bytes.length - 1 }),
      by: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, by }) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        writeFileSync(ledgerFile(dataRoot), changed);
        const { problems } = await verified(dataRoot, { tracesFolder: undefined, state: false });
        const before = bytes.subarray(0, at).toString("latin1");
        expect(problems[0]).toMatchObject({
          file: ledgerFile(dataRoot),
          line: before.split("\n").length,
          position: before.lastIndexOf("\n") + 1,
        });
      }),
      { numRuns: 400 },
    );
  });

  test("every truncation is refused", async () => {
    const dataRoot = copied();
    const bytes = ledgerBytes(dataRoot);
    for (let end = 0; end < bytes.length; end += 91) {
      writeFileSync(ledgerFile(dataRoot), bytes.subarray(0, end));
      expect(await codesIn(dataRoot), `cut at ${end}`).not.toEqual([]);
    }
  });

  test("records that were cut off whole are missed by the state and by the traces", async () => {
    const dataRoot = copied();
    const lines = ledgerBytes(dataRoot)
      .toString("latin1")
      .split(/(?<=\n)/);
    writeFileSync(ledgerFile(dataRoot), lines.slice(0, 9).join(""), "latin1");
    const { problems, open } = await verified(dataRoot, { state: false });
    expect(problems.map(({ code }) => code)).toEqual(["trace/not-in-ledger", "ledger/truncated"]);
    expect(open).toEqual([]);
  });

  test.each([
    ["deleted", (lines: string[]) => lines.splice(7, 1)],
    ["doubled", (lines: string[]) => lines.splice(7, 0, lines[7] ?? "")],
    ["swapped", (lines: string[]) => lines.splice(6, 2, lines[7] ?? "", lines[6] ?? "")],
    ["spliced in from another place", (lines: string[]) => lines.splice(8, 1, lines[1] ?? "")],
    ["repeated as a whole trace", (lines: string[]) => lines.push(...lines.slice(0, 5))],
  ])("lines that were %s are refused", async (_, change) => {
    const dataRoot = copied();
    const lines = ledgerBytes(dataRoot)
      .toString("latin1")
      .split(/(?<=\n)/);
    change(lines);
    writeFileSync(ledgerFile(dataRoot), lines.join(""), "latin1");
    expect(await codesIn(dataRoot)).toContain("ledger/gap");
  });

  test("a segment that is missing is named", async () => {
    const dataRoot = copied();
    cpSync(ledgerFile(dataRoot), ledgerFile(dataRoot).replace("00000001", "00000003"));
    const { problems } = await verified(dataRoot);
    expect(problems[0]).toMatchObject({
      code: "ledger/missing-segment",
      file: ledgerFile(dataRoot).replace("00000001", "00000002"),
    });
  });

  test("a broken line does not hide the ones behind it", async () => {
    const dataRoot = copied();
    const lines = ledgerBytes(dataRoot)
      .toString("latin1")
      .split(/(?<=\n)/);
    const changed = lines.map((line, at) =>
      at === 2 || at === 11 ? line.replace('"at":"2', '"at":"3') : line,
    );
    writeFileSync(ledgerFile(dataRoot), changed.join(""), "latin1");
    const { problems } = await verified(dataRoot, { tracesFolder: undefined, state: false });
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ["line/hash-differs", 3],
      ["line/hash-differs", 12],
    ]);
  });
});

describe("a torn tail", () => {
  test("that nobody was told of is counted, and is no fault", async () => {
    const dataRoot = copied();
    appendFileSync(ledgerFile(dataRoot), '{"n":15,"trace":"t4"');
    expect(await verified(dataRoot)).toMatchObject({ ok: true, problems: [], torn: 20 });
    expect(await verified(base)).toMatchObject({ ok: true, torn: 0 });
  });

  test("of what the state knows to have been durable is a fault", async () => {
    const dataRoot = copied();
    const bytes = ledgerBytes(dataRoot);
    writeFileSync(ledgerFile(dataRoot), bytes.subarray(0, -9));
    const { ok, torn, problems } = await verified(dataRoot, { state: false });
    expect({ ok, torn }).toEqual({ ok: false, torn: 0 });
    expect(problems.map(({ code }) => code)).toContain("line/incomplete");
  });

  test("cut off and set aside it holds, and what was set aside is checked", async () => {
    const dataRoot = copied();
    appendFileSync(ledgerFile(dataRoot), '{"n":15,"trace":"t4"');
    await during(dataRoot, async () => {}, { snapshot, snapshots: () => snapshot });
    expect(await codesIn(dataRoot)).toEqual([]);
    const [aside = ""] = readdirSync(join(dataRoot, "ledger", "cut"));
    const file = join(dataRoot, "ledger", "cut", aside);
    appendFileSync(file, "x");
    expect(await codesIn(dataRoot)).toEqual(["ledger/cut-changed"]);
    rmSync(file);
    expect(await codesIn(dataRoot)).toEqual(["ledger/cut-missing"]);
  });
});

describe("the traces", () => {
  test.each(["jsonl", "md", "svg", "png"])("a missing .%s is named", async (ending) => {
    const dataRoot = copied();
    const file = traceFile(dataRoot, "t2", ending);
    rmSync(file);
    const { problems } = await verified(dataRoot);
    expect(problems).toEqual([expect.objectContaining({ code: "projection/missing", file })]);
  });

  test.each(["jsonl", "md", "svg", "png"])(
    "every single-byte change of a .%s is refused, naming the file",
    async (ending) => {
      const dataRoot = copied();
      const file = traceFile(dataRoot, "t1", ending);
      const bytes = readFileSync(file);
      const at = fc.integer({ min: 0, max: bytes.length - 1 });
      await fc.assert(
        fc.asyncProperty(at, async (place) => {
          const changed = Buffer.from(bytes);
          changed[place] = (changed[place] ?? 0) ^ 1;
          writeFileSync(file, changed);
          const { problems } = await verified(dataRoot, { state: false });
          expect(problems[0]).toMatchObject({ file });
          const line = bytes.subarray(0, place).toString("latin1").split("\n").length;
          if (ending !== "png") expect(problems[0]?.line).toBe(line);
        }),
        { numRuns: 40 },
      );
    },
  );

  test("a trace that was exchanged for another whole one is refused", async () => {
    const dataRoot = copied();
    const other = await recordedRoot([{ trace: "t1", payload: { name: "Eve" } }]);
    cpSync(join(tracesOf(other), "t1"), join(tracesOf(dataRoot), "t1"), { recursive: true });
    expect(await codesIn(dataRoot)).toEqual(["trace/differs-from-ledger"]);
  });

  test("a trace that the ledger does not know is named", async () => {
    const dataRoot = copied();
    const other = await recordedRoot([{ trace: "elsewhere", payload: { name: "Eve" } }]);
    cpSync(tracesOf(other), tracesOf(dataRoot), { recursive: true });
    const { problems } = await verified(dataRoot);
    expect(problems).toEqual([
      expect.objectContaining({
        code: "trace/not-in-ledger",
        file: traceFile(dataRoot, "elsewhere"),
      }),
    ]);
  });

  test("pictures that are not painted again are still missed", async () => {
    const dataRoot = copied();
    appendFileSync(traceFile(dataRoot, "t1", "png"), "x");
    rmSync(traceFile(dataRoot, "t2", "png"));
    const { problems } = await verified(dataRoot, { paint: undefined });
    expect(problems.map(({ code }) => code)).toEqual(["projection/missing"]);
  });
});

describe("the snapshots", () => {
  test("one that is missing or changed is named once", async () => {
    const refuse = () => {
      throw new Refusal("evidence", "snapshot/changed-file", "`graphs/x.json` was changed");
    };
    const { problems, checked } = await verified(base, { snapshot: refuse });
    expect(problems.map(({ code }) => code)).toEqual(["snapshot/changed-file"]);
    expect(checked.snapshots).toBe(1);
  });
});

describe("the state", () => {
  test.each([
    ["UPDATE registry SET value = '1'", "differs in `value`"],
    ["DELETE FROM stream", "is in the ledger and not in the state"],
    ["UPDATE execution SET outcome = 'SUCCESS'", "of `execution` differs in `outcome`"],
    ["INSERT INTO document VALUES ('a', 'b', 'c', '1', 1)", "is not where the ledger puts it"],
  ])("%s is found", async (sql, message) => {
    const dataRoot = copied();
    const database = new Database(join(dataRoot, "state.db"));
    database.exec(sql);
    database.close();
    const { problems } = await verified(dataRoot);
    expect(problems).toEqual([
      expect.objectContaining({ code: "state/differs", file: join(dataRoot, "state.db") }),
    ]);
    expect(problems[0]?.message).toContain(message);
  });

  test("one that is missing or unreadable is named, and not made", async () => {
    const dataRoot = copied();
    const [file = "", ...log] = ["", "-wal", "-shm"].map((end) => join(dataRoot, `state.db${end}`));
    // What SQLite has not yet moved out of its log stands for the file.
    for (const path of log) rmSync(path, { force: true });
    writeFileSync(file, "no database at all ".repeat(99));
    expect(await codesIn(dataRoot)).toEqual(["state/unreadable"]);
    rmSync(file);
    expect(await codesIn(dataRoot)).toEqual(["state/missing"]);
    expect(existsSync(file)).toBe(false);
  });
});
