import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SealedSnapshot } from "../../../compiler/model.ts";
import { lower } from "../../../compiler/passes/lower.ts";
import { seal } from "../../../compiler/passes/seal.ts";
import { writeSnapshot } from "../../../compiler/write-snapshot.ts";
import { openSnapshot, resolveSnapshot, verifySnapshot } from "../../../runtime/snapshot.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { CAPABILITIES } from "../../runtime/snapshot/sealed.ts";
import { REGISTRATION } from "./protocols.ts";
import { typedOf } from "./typed.ts";

let snapshots: string;
let sealed: SealedSnapshot;

beforeEach(async () => {
  snapshots = join(mkdtempSync(join(tmpdir(), "pgs-snapshots-")), "snapshots");
  const { value: graphs } = await lower(typedOf(REGISTRATION));
  sealed = seal({ graphs, capabilities: CAPABILITIES }).value;
});

afterEach(() => rmSync(join(snapshots, ".."), { recursive: true, force: true }));

test("what was written opens, by `current` and by its id", () => {
  const { folder, isNew } = writeSnapshot(sealed, snapshots);
  expect(isNew).toBe(true);
  expect(resolveSnapshot(systemFiles, snapshots)).toBe(folder);
  expect(verifySnapshot(systemFiles, folder).id).toBe(sealed.id);
  expect(readdirSync(snapshots).sort()).toEqual([sealed.id, "current"].sort());
});

test("the same snapshot is kept as it stands", () => {
  const { folder } = writeSnapshot(sealed, snapshots);
  const before = statSync(join(folder, "manifest.json"));
  expect(writeSnapshot(sealed, snapshots).isNew).toBe(false);
  const after = statSync(join(folder, "manifest.json"));
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
});

test("`current` is turned back to an older snapshot that is compiled again", () => {
  writeSnapshot(sealed, snapshots);
  writeFileSync(join(snapshots, "current"), `${"0".repeat(64)}\n`);
  writeSnapshot(sealed, snapshots);
  expect(readFileSync(join(snapshots, "current"), "utf8")).toBe(`${sealed.id}\n`);
});

test.each([
  ["changed", (folder: string) => writeFileSync(join(folder, "manifest.json"), "{}")],
  ["missing", (folder: string) => rmSync(join(folder, "manifest.json"))],
  ["not part", (folder: string) => writeFileSync(join(folder, "graphs", "extra.json"), "{}")],
])("a snapshot in which a file is %s is refused by name, not mended", (_, change) => {
  const { folder } = writeSnapshot(sealed, snapshots);
  change(folder);
  expect(() => writeSnapshot(sealed, snapshots)).toThrow(/(manifest|extra)[.]json/);
  expect(() => openSnapshot(systemFiles, folder)).toThrow();
});

test("a snapshot that cannot be written leaves nothing behind", () => {
  mkdirSync(snapshots);
  const spoilt = { ...sealed, files: new Map([["graphs", "a file"], ...sealed.files]) };
  expect(() => writeSnapshot(spoilt, snapshots)).toThrow();
  expect(readdirSync(snapshots)).toEqual([]);
});
