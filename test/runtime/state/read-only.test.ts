/** Who only reads a data root that was left cleanly makes no file there, and changes none. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { list } from "../../../runtime/evidence/list.ts";
import { fromState } from "../../../runtime/evidence/stored-state.ts";
import { traceInLedger } from "../../../runtime/evidence/trace-in-ledger.ts";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import { openStore, type SqliteStore } from "../../../runtime/state/sqlite.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { recordedRoot } from "../evidence/recorded-root.ts";
import { copyOf, freshRoot } from "../on-disk.ts";
import { checkpointAt, freshPath, freshStore } from "./stored.ts";

let base = "";
beforeAll(async () => {
  base = copyOf(await recordedRoot());
  settle(join(base, "state.db"));
});

/** As a process leaves it that has ended: whoever closes it last takes the log away. */
function settle(path: string): void {
  const database = new Database(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  expect(files.standing(`${path}-wal`)).toBeUndefined();
}

/** Every file with its bytes and the time of its last change. */
function everything(root: string): unknown {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => {
    const stats = statSync(join(root, name));
    const bytes = stats.isFile() ? readFileSync(join(root, name), "latin1") : null;
    return [name, stats.mtimeMs, bytes];
  });
}

test.each<[string, (dataRoot: string) => unknown]>([
  ["list", (dataRoot) => list({ files, dataRoot })],
  ["verify --state", (dataRoot) => verifyState({ files, dataRoot })],
  ["examine", (dataRoot) => traceInLedger(files, dataRoot, "t2")],
])("%s leaves a data root as it was", (_, read) => {
  const root = copyOf(base);
  const before = everything(root);
  const first = read(root);
  expect(everything(root)).toEqual(before);
  // What a reader of another program left: an empty log.
  writeFileSync(join(root, "state.db-wal"), "");
  const left = everything(root);
  expect(read(root)).toEqual(first);
  expect(everything(root)).toEqual(left);
});

const mounted: string[] = [];
afterAll(() => {
  // Lazily: SQLite lets go of its files when its statements are collected, not before.
  for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
});

/** A copy of the data root on a disk of its own; undefined where this process may not mount one. */
function onOwnDisk(): { readonly disk: string; readonly root: string } | undefined {
  const disk = freshRoot();
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=900k", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounted.push(disk);
  const root = join(disk, "data");
  cpSync(base, root, { recursive: true });
  return { disk, root };
}

const DISKS: Readonly<Record<string, (disk: string) => void>> = {
  "read-only": (disk) => void execFileSync("mount", ["-o", "remount,ro", disk]),
  full: (disk) => expect(() => writeFileSync(join(disk, "all"), Buffer.alloc(1e6))).toThrow(),
};

test.each(Object.entries(DISKS))("a %s disk hinders no reader of a clean state", (_, make) => {
  const place = onOwnDisk();
  if (place === undefined) return console.warn("skipped: this test needs to mount a disk");
  const { disk, root } = place;
  make(disk);
  const { keys, problems } = verifyState({ files, dataRoot: root });
  expect(problems).toEqual([]);
  expect(keys).toBeGreaterThan(0);
});

test.each(Object.entries(DISKS))("a %s disk hinders readers of one with a log", (_, make) => {
  const place = onOwnDisk();
  if (place === undefined) return console.warn("skipped: this test needs to mount a disk");
  const { disk, root } = place;
  const path = join(root, "state.db");
  const script = `
    const database = new (require("libsql"))(${JSON.stringify(path)});
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE more (a)");
    process.kill(process.pid, "SIGKILL");`;
  expect(() => execFileSync(process.execPath, ["-e", script], { stdio: "ignore" })).toThrow();
  rmSync(`${path}-shm`);
  make(disk);
  expect(() => verifyState({ files, dataRoot: root })).toThrow(
    expect.objectContaining({ family: "viability", code: "state/not-closed" }),
  );
  // Who can do without it, does.
  expect(list({ files, dataRoot: root })).toHaveLength(3);
});

test("what was read while somebody wrote is read again", () => {
  const path = freshPath();
  const made = freshStore(path);
  made.apply([], checkpointAt(1));
  made.close();
  const still = `${path}-still`;
  copyFileSync(path, still);
  copyFileSync(`${path}-wal`, `${still}-wal`);
  settle(still);
  let writing: SqliteStore | undefined;
  let asked = 0;
  const applied = fromState(files, still, (store) => {
    asked += 1;
    const found = store.watermark()?.applied;
    if (asked === 1) {
      writing = openStore(still, "writing");
      writing.apply([], checkpointAt(2));
    }
    return found;
  });
  writing?.close();
  expect(asked).toBe(2);
  expect(applied).toBe(2);
});
