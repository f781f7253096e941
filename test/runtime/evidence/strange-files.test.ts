/** Whatever stands in a workspace's folders, reading it comes to an answer: a problem or a refusal. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { list } from "../../../runtime/evidence/list.ts";
import { replayEvents } from "../../../runtime/evidence/replay.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { freshRoot, ledgerFile } from "../on-disk.ts";
import { recordedRoot, traceFile, tracesOf, verified } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

function copied(): string {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  return dataRoot;
}

describe("the folder of traces", () => {
  test("may hold files that are no traces", async () => {
    const dataRoot = copied();
    writeFileSync(join(tracesOf(dataRoot), "README.md"), "what this is\n");
    writeFileSync(join(tracesOf(dataRoot), ".gitignore"), "*\n");
    mkdirSync(join(tracesOf(dataRoot), ".git"));
    expect((await verified(dataRoot)).problems).toEqual([]);
  });

  test.each([
    ["t9/other.jsonl", "trace/unknown-file"],
    ["t1/notes.txt", "trace/unknown-file"],
    ["loose.jsonl", "trace/misplaced"],
    [".hidden/t1.jsonl", "trace/misplaced"],
  ])("names %s", async (name, code) => {
    const dataRoot = copied();
    const path = join(tracesOf(dataRoot), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "{}\n");
    const { problems } = await verified(dataRoot);
    expect(problems).toEqual([expect.objectContaining({ code, file: path })]);
  });

  test("names a link, and a trace of which a file has taken the place", async () => {
    const dataRoot = copied();
    const folder = dirname(traceFile(dataRoot, "t1"));
    const elsewhere = join(dirname(dataRoot), "elsewhere");
    renameSync(folder, elsewhere);
    symlinkSync(elsewhere, folder);
    const link = expect.objectContaining({ code: "trace/misplaced", file: folder });
    expect((await verified(dataRoot)).problems).toContainEqual(link);
    rmSync(folder);
    writeFileSync(folder, "no folder\n");
    const missing = (await verified(dataRoot)).problems.map(({ code }) => code);
    expect(missing).toEqual(Array<string>(4).fill("projection/missing"));
  });

  test("is refused when it is none", async () => {
    const dataRoot = copied();
    rmSync(tracesOf(dataRoot), { recursive: true });
    writeFileSync(tracesOf(dataRoot), "a file\n");
    await expect(verified(dataRoot)).rejects.toMatchObject({
      family: "viability",
      code: "traces/not-a-folder",
    });
  });
});

describe("a data root", () => {
  const strange: readonly (readonly [string, (dataRoot: string) => void])[] = [
    ["whose ledger is a file", (root) => swap(join(root, "ledger"), (at) => writeFileSync(at, ""))],
    ["that is a file", (root) => swap(root, (at) => writeFileSync(at, ""))],
    [
      "with a linked segment",
      (root) => swap(ledgerFile(root), (at) => symlinkSync("/dev/zero", at)),
    ],
    ["with a FIFO as segment", (root) => swap(ledgerFile(root), fifo)],
    ["with a FIFO as state", (root) => swap(join(root, "state.db"), fifo)],
    ["with a folder as segment", (root) => swap(ledgerFile(root), (at) => mkdirSync(at))],
  ];

  test.each(strange)("%s is refused by whoever reads it", async (_, change) => {
    const dataRoot = copied();
    change(dataRoot);
    const refusal = { family: "viability", code: "data-root/not-a-file" };
    await expect(verified(dataRoot)).rejects.toMatchObject(refusal);
    for (const read of [
      () => list({ files, dataRoot }),
      () => replayEvents({ kind: "ledger", files, dataRoot }),
    ]) {
      expect(read).toThrow(expect.objectContaining(refusal));
    }
  });
});

function swap(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true });
  make(path);
}

function fifo(path: string): void {
  execFileSync("mkfifo", [path]);
}
