/**
 * Exactly one thing is broken of what a start stands on: folders, disks, owners, locks. It stops at
 * the first gate, names the check that is to blame, and leaves nothing behind where nobody meant it.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { freshFolder, root } from "./cli.ts";
import { check, genesis, greet, lived, stoppedAt, workspace } from "./genesis-place.ts";

const isRoot = process.getuid?.() === 0;
const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
});

function disk(size: string): string | undefined {
  const folder = freshFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], {
      stdio: "ignore",
    });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const canMount = disk("64k") !== undefined;

describe("G1, physical viability: a start stops where", () => {
  check([
    [
      "the workspace is not there",
      (folder) => void rmSync(folder, { recursive: true }),
      ["G1", "workspace", "workspace/not-a-folder"],
    ],
    [
      "the workspace is a link",
      (folder) => {
        renameSync(folder, `${folder}.away`);
        symlinkSync(`${folder}.away`, folder);
        return undefined;
      },
      ["G1", "workspace", "workspace/not-a-folder"],
    ],
    [
      "a file stands in place of the data root",
      (folder) => void writeFileSync(join(folder, "data"), ""),
      ["G1", "data-root", "data-root/not-a-file"],
    ],
    [
      "the data root is a link",
      (folder) => void symlinkSync(freshFolder(), join(folder, "data")),
      ["G1", "data-root", "data-root/not-a-file"],
    ],
    [
      "a file stands in place of the ledger's folder",
      (folder) => {
        mkdirSync(join(folder, "data"));
        writeFileSync(join(folder, "data/ledger"), "");
        return undefined;
      },
      ["G1", "data-root", "data-root/not-a-file"],
    ],
    [
      "a FIFO stands in place of the state",
      (folder) => {
        mkdirSync(join(folder, "data"));
        execFileSync("mkfifo", [join(folder, "data/state.db")]);
        return undefined;
      },
      ["G1", "data-root", "data-root/not-a-file"],
    ],
  ]);

  test.skipIf(!isRoot)("the data root is owned by somebody else", () => {
    const folder = lived();
    chownSync(join(folder, "data"), 12_345, 12_345);
    stoppedAt(genesis(folder), ["G1", "data-root-owner", "data-root/other-owner"]);
    const refused = greet(folder, "Bob", "--json");
    expect(refused.code).toBe(11);
    expect(refused.json()).toMatchObject({
      refused: { code: "data-root/other-owner", phase: "Φ1", gate: "G1" },
    });
  });

  test.skipIf(!canMount)("the disk is read-only", () => {
    const small = disk("16m") ?? "";
    const folder = workspace();
    const args = ["--data-root", join(small, "data")];
    expect(genesis(folder, { args }).code).toBe(0);
    execFileSync("mount", ["-o", "remount,ro", small]);
    stoppedAt(genesis(folder, { args }), ["G1", "flush", "data-root/not-writable"]);
    const fresh = { args: ["--data-root", join(small, "other")] };
    stoppedAt(genesis(folder, fresh), ["G1", "data-root", "data-root/not-writable"]);
  });

  test.skipIf(!canMount)("the disk is full: what follows from that is not looked at", () => {
    const small = disk("16m") ?? "";
    writeFileSync(join(small, "fill"), Buffer.alloc(12 * 1024 * 1024));
    const report = genesis(workspace(), { args: ["--data-root", join(small, "data")] });
    stoppedAt(report, ["G1", "room", "data-root/no-room"]);
    expect(report.phases.at(-1)?.checks[1]).toMatchObject({
      ...{ name: "lock", ok: false, looked: false },
      ...{ found: "not looked at", cause: "room" },
    });
  });

  test("the workspace is mistyped: nothing is made where nobody meant it", () => {
    const folder = join(freshFolder(), "mistyped");
    stoppedAt(genesis(folder), ["G1", "workspace", "workspace/not-a-folder"]);
    expect(existsSync(folder)).toBe(false);
  });

  test("another process holds the data root, into which nothing is written", async () => {
    const folder = lived();
    const database = createRequire(import.meta.url)("libsql") as new (path: string) => Lockable;
    const held = new database(join(folder, "data/owner.db"));
    held.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
    const before = statSync(join(folder, "data")).mtimeMs;
    try {
      stoppedAt(genesis(folder), ["G1", "lock", "data-root/held"]);
      expect(statSync(join(folder, "data")).mtimeMs).toBe(before);
    } finally {
      held.close();
    }
    expect(genesis(folder).code).toBe(0);
  });
});

interface Lockable {
  readonly exec: (sql: string) => void;
  readonly close: () => void;
}

test("several look at one data root at once: each finds that it is well", async () => {
  const folder = lived();
  const all = Array.from({ length: 6 }, () => {
    const args = ["genesis", "--until", "1", "--workspace", folder, "--wait", "60"];
    const child = spawn(process.execPath, [join(root, "bin/pgs.cjs"), ...args], {
      stdio: "ignore",
    });
    return new Promise((resolve) => child.once("exit", resolve));
  });
  expect(await Promise.all(all)).toEqual(all.map(() => 0));
});
