/**
 * Some thousands of seeds of the simulator, and the laws that it itself must keep: one seed is one
 * run, and what it puts in the place of `node:fs` forgets what a disk may forget and nothing else.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bundle, bundleSimulator } from "./bundle.ts";
import { Disk, File } from "./disk.ts";
import { Random } from "./random.ts";

const SEEDS = 3_000;
/** A bound for a machine that is busy; a run takes a fraction of it. */
const TIMEOUT_MS = 110_000;

const start = promisify(execFile);
let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundleSimulator();
});

afterAll(() => bundle.remove());

async function worker(...parameters: readonly string[]): Promise<readonly string[]> {
  const options = { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await start(process.execPath, [bundle.script, ...parameters], options);
  return stdout.trim().split("\n");
}

test.concurrent.each([1, 2])(
  "nothing is lost and nothing happens twice (part %i)",
  async (part) => {
    const told = await worker(String(part), String(SEEDS / 2), "2");
    expect(told.filter((line) => line.startsWith('{"failed"'))).toEqual([]);
    const done = told.map((line) => (JSON.parse(line) as { done: number }).done);
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(SEEDS / 2);
  },
);

test("one seed is one run, call by call", async () => {
  for (const seed of ["7", "8", "9"]) {
    const [once, again] = await Promise.all([
      worker(seed, "1", "1", "trace"),
      worker(seed, "1", "1", "trace"),
    ]);
    expect(again).toEqual(once);
    expect(once.length).toBeGreaterThan(20);
  }
});

/** Every content that a file may have after a power cut. */
function fates(make: () => File): ReadonlySet<string> {
  const found = new Set<string>();
  for (let seed = 1; seed <= 400; seed += 1) {
    const file = make();
    file.powerCut(new Random(seed));
    found.add(file.content.view().toString("latin1"));
  }
  return found;
}

const AB = Buffer.from("ab");

test("what was flushed is never touched by a power cut", () => {
  const found = fates(() => {
    const file = new File(0o644);
    file.write(0, AB);
    file.flushed(file.dirty());
    file.write(2, Buffer.from("cd"));
    return file;
  });
  for (const content of found) expect(content.slice(0, 2)).toBe("ab");
  expect([...found].sort()).toEqual(["ab", "ab\0\0", "abc", "abc\0", "abcd"]);
});

test("a flush covers what was written before it began", () => {
  const found = fates(() => {
    const file = new File(0o644);
    file.write(0, AB);
    const covered = file.dirty();
    file.write(2, Buffer.from("c"));
    file.flushed(covered);
    return file;
  });
  expect([...found].sort()).toEqual(["ab", "ab\0", "abc"]);
});

test("what a failed flush left is read, and a later flush does not bring it back", () => {
  const found = fates(() => {
    const file = new File(0o644);
    file.write(0, AB);
    file.flushFailed(file.dirty());
    file.flushed(file.dirty());
    expect(file.content.view().toString()).toBe("ab");
    return file;
  });
  expect(found).toContain("");
});

test("a name is on the disk when its folder was flushed, and a rename is whole or not at all", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 400; seed += 1) {
    const { root } = new Disk();
    root.name(["kept", new File(0o644)]);
    root.flushed();
    root.name(["aside", new File(0o644)]);
    root.name(["kept", root.names.get("aside")], ["aside", undefined]);
    root.powerCut(new Random(seed));
    seen.add([...root.names.keys()].sort().join());
  }
  expect([...seen].sort()).toEqual(["aside,kept", "kept"]);
});
