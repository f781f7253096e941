import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { openState } from "../../../runtime/state/open.ts";
import { openStore } from "../../../runtime/state/sqlite.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { checkpointAt, freshPath, freshStore } from "./stored.ts";

/** A data root with a database in the place of its state. */
function rootWith(sql: string): string {
  const root = freshPath();
  mkdirSync(root);
  const database = new Database(join(root, "state.db"));
  database.exec(sql);
  database.close();
  return root;
}

test("a state of an older format is put away and begun anew", () => {
  const root = rootWith("CREATE TABLE watermark (id); PRAGMA user_version = 1");
  const store = openState(systemFiles, root);
  expect(store.watermark()).toBeUndefined();
  expect(store.open()).toEqual([]);
  store.apply([], checkpointAt(7));
  store.close();
  const again = openState(systemFiles, root);
  expect(again.watermark()?.applied).toBe(7);
  again.close();
});

test("a database that never was a state is refused and left as it is", () => {
  const root = rootWith("CREATE TABLE letters (text); INSERT INTO letters VALUES ('dear')");
  expect(() => openState(systemFiles, root)).toThrow(
    expect.objectContaining({ family: "evidence", code: "state/unreadable" }),
  );
  const database = new Database(join(root, "state.db"));
  expect(database.prepare("SELECT text FROM letters").get()).toMatchObject({ text: "dear" });
  database.close();
});

test("a state that lacks a column is refused before anything is asked of it", () => {
  const path = freshPath();
  freshStore(path).close();
  const database = new Database(path);
  database.exec("ALTER TABLE registry DROP COLUMN revoked");
  database.close();
  expect(() => openStore(path, "writing")).toThrow(
    expect.objectContaining({ code: "state/unreadable" }),
  );
});

test("who reads sees what is stored meanwhile, but for what it reads as of one moment", () => {
  const path = freshPath();
  const writing = freshStore(path);
  writing.apply([], checkpointAt(1));
  const reading = openStore(path, "reading");
  const applied = () => reading.watermark()?.applied;
  reading.asOfNow(() => {
    expect(applied()).toBe(1);
    writing.apply([], checkpointAt(2));
    expect(applied()).toBe(1);
  });
  expect(applied()).toBe(2);
  writing.apply([], checkpointAt(3));
  expect(applied()).toBe(3);
  // Reading stands in nobody's way, nor does it keep the writer from closing.
  const rows = reading.rows("execution")[Symbol.iterator]();
  expect(rows.next().done).toBe(true);
  writing.close();
  reading.close();
});

test("rows come one by one, however many there are", () => {
  const store = freshStore();
  const place = { tenant: "one", store: "d/s" };
  for (const count of [0, 1, 99, 100, 101, 200]) {
    const changes = Array.from({ length: count }, (_, at) => ({
      kind: "append" as const,
      ...place,
      position: at + 1,
      event: at,
    }));
    store.apply(changes, checkpointAt(count));
    const positions = [...store.rows("stream")].map(({ position }) => position);
    expect(positions).toEqual(changes.map(({ position }) => position));
  }
  store.close();
});
