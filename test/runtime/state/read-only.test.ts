/** Who only reads a data root that was left cleanly makes no file there, and changes none. */
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { beforeAll, expect, test } from "vitest";
import { list } from "../../../runtime/evidence/list.ts";
import { fromState } from "../../../runtime/evidence/stored-state.ts";
import { traceInLedger } from "../../../runtime/evidence/trace-in-ledger.ts";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import { openStore, type SqliteStore } from "../../../runtime/state/sqlite.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { recordedRoot } from "../evidence/recorded-root.ts";
import { copyOf } from "../on-disk.ts";
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
