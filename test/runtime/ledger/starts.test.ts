/**
 * The start of a writer: what it copies and flushes before anything is acknowledged, what it refuses,
 * and that a folder or file whose name may not be on the disk is made sure of.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { prepareDataRoot } from "../../../runtime/data-root.ts";
import type { Checkpoint, Files } from "../../../runtime/ports.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import {
  checkpointOf,
  LONE,
  loneTrace,
  NODE,
  openOn,
  putLedger,
  QUICK,
  segment,
  start,
  wholeOn,
} from "./ledger-root.ts";

/** The system's files, with every call that changes or flushes something, in order. */
function watched(root: string): { readonly files: Files; readonly calls: string[] } {
  const calls: string[] = [];
  const name = (path: string) => relative(root, path) || ".";
  const files: Files = {
    ...systemFiles,
    makeFolder(folder, mode) {
      calls.push(`make ${name(folder)}`);
      systemFiles.makeFolder(folder, mode);
    },
    replace(path, data, mode) {
      calls.push(`replace ${name(path)}`);
      systemFiles.replace(path, data, mode);
    },
    flushFolder(folder) {
      calls.push(`flush ${name(folder)}`);
      systemFiles.flushFolder(folder);
    },
  };
  return { files, calls };
}

/** A root whose last execution came after the checkpoint. */
async function interrupted(): Promise<{ root: string; checkpoint: Checkpoint; clean: Checkpoint }> {
  const root = freshRoot();
  const { ledger } = start(root, { files: QUICK });
  wholeOn(ledger, "a");
  openOn(ledger, "b");
  await ledger.flush();
  const checkpoint = checkpointOf(ledger);
  wholeOn(ledger, "c");
  await ledger.flush();
  await ledger.close();
  return { root, checkpoint, clean: checkpointOf(ledger) };
}

const FIRST = "ledger/00000001.jsonl";

describe("a start", () => {
  test("after a clean stop changes nothing", async () => {
    const { root, clean } = await interrupted();
    const { files, calls } = watched(root);
    start(root, { files, checkpoint: clean });
    expect(calls).toEqual([]);
  });

  test("after an unclean stop copies the last segment before anything is acknowledged", async () => {
    const { root, checkpoint } = await interrupted();
    for (const known of [checkpoint, undefined]) {
      const { files, calls } = watched(root);
      const before = readFileSync(segment(root, 1));
      start(root, { files, checkpoint: known });
      expect(calls).toEqual([`replace ${FIRST}`]);
      expect(readFileSync(segment(root, 1))).toEqual(before);
    }
  });

  test("sets what it cuts off aside, with its folder's name, before it takes it away", async () => {
    const { root, checkpoint } = await interrupted();
    writeFileSync(segment(root, 1), "half a line", { flag: "a" });
    const { files, calls } = watched(root);
    start(root, { files, checkpoint });
    expect(calls).toEqual([
      "make ledger/cut",
      "flush ledger",
      expect.stringMatching(/^replace ledger\/cut\/00000001-[0-9]+\.bin$/),
      `replace ${FIRST}`,
    ]);
  });

  test("that was stopped at any of its steps is done again to the same end", async () => {
    const { root, checkpoint } = await interrupted();
    writeFileSync(segment(root, 1), "half a line", { flag: "a" });
    const before = readFileSync(segment(root, 1));
    class Stopped extends Error {}
    const attempt = (steps: number) => {
      let left = steps;
      const step = () => {
        if (left === 0) throw new Stopped();
        left -= 1;
      };
      const files: Files = {
        ...QUICK,
        makeFolder(folder) {
          step();
          QUICK.makeFolder(folder);
        },
        replace(path, data) {
          step();
          QUICK.replace(path, data);
        },
        flushFolder: step,
      };
      return start(root, { files, checkpoint }).read.map(({ record }) => record.type);
    };
    for (let steps = 0; steps < 4; steps += 1) {
      rmSync(join(root, "ledger"), { recursive: true });
      putLedger(root, before);
      expect(() => attempt(steps)).toThrow(Stopped);
      expect(attempt(9)).toEqual(["opened", "opened", "node", "closed", "cut"]);
    }
  });

  test("with an older checkpoint goes on from there", async () => {
    const { root, checkpoint } = await interrupted();
    const { ledger, read } = start(root, { checkpoint });
    expect(read.map(({ record }) => record.trace)).toEqual(["b", "c", "c", "c"]);
    ledger.append("b", NODE);
    await ledger.flush();
    await ledger.close();
    expect(start(root).read.length).toBe(8);
  });

  test("makes sure of the names of folders that another one may have made", () => {
    const folder = dirname(freshRoot());
    const root = join(folder, "x/y/data");
    const prepared = () => {
      const { files, calls } = watched(folder);
      prepareDataRoot(files, root);
      return calls;
    };
    mkdirSync(join(folder, "x"));
    const made = ["make x/y", "flush x", "make x/y/data", "flush x/y"];
    expect(prepared()).toEqual(["flush .", ...made]);
    // Nothing is in it yet: nobody knows whether its name was flushed.
    expect(prepared()).toEqual(["flush x/y"]);
    const { files, calls } = watched(root);
    mkdirSync(join(root, "ledger"));
    start(root, { files });
    expect(calls).toEqual(["make ledger", "flush ."]);
    expect(prepared()).toEqual([]);
  });
});

describe("a ledger that is refused", () => {
  const refusal = (root: string, checkpoint?: Checkpoint): unknown => {
    try {
      start(root, { files: QUICK, checkpoint });
      return undefined;
    } catch (error) {
      return error;
    }
  };

  test("lacks a segment", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK, segmentBytesMax: 1_000 });
    for (const trace of ["a", "b", "c", "d", "e"]) wholeOn(ledger, trace);
    await ledger.flush();
    await ledger.close();
    const checkpoint = checkpointOf(ledger);
    const { segment: last } = ledger.durable;
    expect(last).toBeGreaterThan(3);
    const bytes = readFileSync(segment(root, last));
    // The last one, of which the checkpoint knows.
    rmSync(segment(root, last));
    expect(refusal(root, checkpoint)).toMatchObject({ code: "ledger/truncated" });
    writeFileSync(segment(root, last), bytes);
    for (const missing of [2, 1]) {
      rmSync(segment(root, missing));
      const { code, message } = refusal(root, checkpoint) as { code: string; message: string };
      expect(code).toBe("ledger/missing-segment");
      expect(message).toContain(segment(root, missing));
    }
  });

  test("holds something else than a file where a segment should stand", async () => {
    const puts: readonly ((path: string) => void)[] = [
      (path) => symlinkSync("/dev/zero", path),
      (path) => void execFileSync("mkfifo", [path]),
      (path) => mkdirSync(path),
    ];
    for (const put of puts) {
      const { root, checkpoint } = await interrupted();
      rmSync(segment(root, 1));
      put(segment(root, 1));
      expect(() => prepareDataRoot(systemFiles, root)).toThrow("file of its own");
      // And where nobody asked first, it is not waited for, nor followed.
      for (const known of [checkpoint, undefined]) {
        expect(refusal(root, known)).toMatchObject({
          code: expect.stringMatching(/^(disk\/not-a-file|ledger\/truncated)$/),
        });
      }
      expect(() => systemFiles.openAppend(segment(root, 1))).toThrow();
    }
  });

  test("was written to by a writer of an earlier epoch", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK });
    wholeOn(ledger, "a", { epoch: 4 });
    wholeOn(ledger, "b", { epoch: 3 });
    await ledger.flush();
    await ledger.close();
    expect(refusal(root)).toMatchObject({ family: "evidence", code: "ledger/epoch" });
  });

  test.each(LONE)(
    "was written to by a writer of an earlier epoch than a `$type` is of",
    async (body) => {
      for (const epochs of [
        [4, 3],
        [3, 4],
      ] as const) {
        const root = freshRoot();
        const { ledger } = start(root, { files: QUICK });
        const [opening, lone] = epochs;
        const write = [
          () => openOn(ledger, "a", { epoch: opening }),
          () => ledger.append(loneTrace({ ...body, epoch: lone }), { ...body, epoch: lone }),
        ];
        for (const one of opening > lone ? write : write.reverse()) one();
        await ledger.flush();
        await ledger.close();
        expect(refusal(root)).toMatchObject({ family: "evidence", code: "ledger/epoch" });
      }
    },
  );

  test("was written to by a writer of an earlier epoch, behind the checkpoint", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK });
    wholeOn(ledger, "a", { epoch: 4 });
    await ledger.flush();
    const checkpoint = checkpointOf(ledger, 4);
    wholeOn(ledger, "b", { epoch: 3 });
    await ledger.flush();
    await ledger.close();
    expect(refusal(root, checkpoint)).toMatchObject({ code: "ledger/epoch" });
  });

  test("says that something was on the disk before it was written", async () => {
    const root = freshRoot();
    const { ledger } = start(root, { files: QUICK });
    openOn(ledger, "a", { flushed: 1 });
    await ledger.flush();
    await ledger.close();
    expect(refusal(root)).toMatchObject({ family: "evidence", code: "line/members" });
  });

  test("has no record that ends where the state says that one does", async () => {
    const { root, clean } = await interrupted();
    const { durable: behind, hash } = clean.watermark;
    const { n, segment, offset } = behind;
    for (const durable of [
      { n, segment, offset: offset - 1 },
      { n: n - 1, segment, offset },
    ]) {
      const watermark = { applied: durable.n, epoch: 1, durable, hash };
      expect(refusal(root, { watermark, open: [] })).toMatchObject({ family: "evidence" });
    }
  });
});
