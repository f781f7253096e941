/** Gates with one port that misbehaves: what no test can do to a real disk, clock or machine. */
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { Check } from "../../../runtime/genesis/check.ts";
import { clockChecks, entropyChecks } from "../../../runtime/genesis/kernel.ts";
import { capabilityChecks } from "../../../runtime/genesis/reality.ts";
import type { Site } from "../../../runtime/genesis/site.ts";
import type { Start } from "../../../runtime/genesis/start.ts";
import {
  dataRootChecks,
  lockChecks,
  roomChecks,
  workspaceChecks,
} from "../../../runtime/genesis/viability.ts";
import { ROOM_BYTES } from "../../../runtime/ledger/room.ts";
import type { Files } from "../../../runtime/ports.ts";
import { SYSTEM_PORTS } from "../../../runtime/runtime-options.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { segment, start as startLedger, wholeOn } from "../ledger/ledger-root.ts";
import { freshRoot, HOLDER } from "../on-disk.ts";
import { capabilitiesOf, registerGraph, snapshotOf } from "../protocol.ts";

const ROOM = { bytes: 100 * LIMITS.recordBytesMax, names: 100 };
const SITE: Site = { user: 1, ownerOf: () => 1, roomAt: () => ROOM };

function start(dataRoot: string, more: Partial<Start> = {}): Start {
  const unasked = () => {
    throw new Error("nobody asks for it here");
  };
  return {
    workspace: join(dataRoot, ".."),
    settings: { dataRoot, waitMs: 0, digest: sha256("settings"), given: [], count: 0 },
    ports: SYSTEM_PORTS,
    site: SITE,
    holder: HOLDER,
    openSnapshot: unasked,
    capabilities: capabilitiesOf(),
    allowChangedCapabilities: false,
    storeWorkerFile: "",
    openRuntime: unasked,
    passed: [],
    alive: {},
    ...more,
  };
}

function withFiles(files: Partial<Files>): Partial<Start> {
  return { ports: { ...SYSTEM_PORTS, files: { ...systemFiles, ...files } } };
}

function causes(checks: readonly Check[]): readonly (string | null)[] {
  return checks.map(({ cause }) => cause);
}

function made(): string {
  const dataRoot = freshRoot();
  mkdirSync(dataRoot);
  return dataRoot;
}

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: it does not`), { code, syscall: "fsync" });
  };
}

test.each([
  ["EIO", "data-root/io-error"],
  ["ENOSPC", "data-root/no-room"],
  ["EROFS", "data-root/not-writable"],
  ["EPERM", "data-root/not-writable"],
])("a flush that ends with %s is %s", async (code, cause) => {
  const checks = await lockChecks(start(made(), withFiles({ replace: failing(code) })));
  expect(causes(checks)).toEqual([null, cause]);
});

test("a disk that gives back other bytes than it was given is told", async () => {
  const lying = { read: () => Buffer.from("something else") };
  const checks = await lockChecks(start(made(), withFiles(lying)));
  expect(causes(checks)).toEqual([null, "data-root/io-error"]);
});

test("what the flush writes, it takes away again", async () => {
  const dataRoot = made();
  expect(causes(await lockChecks(start(dataRoot)))).toEqual([null, null]);
  expect(systemFiles.names(dataRoot)).toEqual(["owner.db", "owner.json"]);
});

test.each([
  ["room for no record", { bytes: LIMITS.recordBytesMax - 1, names: 100 }, "data-root/no-room"],
  ["room for no name", { ...ROOM, names: 0 }, "data-root/no-room"],
  ["names that nobody counts", { ...ROOM, names: undefined }, null],
  ["room for one record", { bytes: LIMITS.recordBytesMax, names: 1 }, null],
])("a disk with %s", async (_, room, cause) => {
  const site = { ...SITE, roomAt: () => room };
  expect(causes(await roomChecks(start(made(), { site })))).toEqual([cause]);
});

test.each([
  ["of this user", { user: 1, ownerOf: () => 1 }, [null, null]],
  ["of another user", { user: 1, ownerOf: () => 2 }, ["data-root/other-owner"]],
  ["where users have no numbers", { user: undefined, ownerOf: () => undefined }, [null, null]],
])("a data root %s", async (_, whose, expected) => {
  const site = { ...SITE, ...whose };
  expect(causes(await dataRootChecks(start(made(), { site })))).toEqual(expected);
});

test("whose a data root is that is not there yet, nobody asks", async () => {
  const asked = { ...SITE, ownerOf: failing("ENOENT") };
  const dataRoot = freshRoot();
  expect(causes(await dataRootChecks(start(dataRoot, { site: asked })))).toEqual([null, null]);
  expect(systemFiles.standing(dataRoot)?.kind).toBe("folder");
});

test("a link is no workspace", async () => {
  const folder = made();
  const workspace = join(folder, "link");
  symlinkSync(folder, workspace);
  expect(causes(await workspaceChecks(start(folder, { workspace })))).toEqual([
    "workspace/not-a-folder",
  ]);
});

test("a lock that another process has is told with the name that it left", async () => {
  const dataRoot = made();
  writeFileSync(join(dataRoot, "owner.json"), '{"pid":1,"command":"pgs run"}\n');
  const untouched = { replace: failing("EIO"), project: failing("EIO") };
  const ports = {
    ...SYSTEM_PORTS,
    files: { ...systemFiles, ...untouched },
    lock: () => undefined,
  };
  const [check, flush] = await lockChecks(start(dataRoot, { ports }));
  expect(check).toMatchObject({ ok: false, looked: true, cause: "data-root/held" });
  expect(check?.found).toContain("process 1 (`pgs run`)");
  // It is theirs: nothing is written into it.
  expect(flush).toMatchObject({ name: "flush", ok: false, looked: false, cause: "lock" });
});

test("what is flushed is flushed by who holds the lock, and nobody else", async () => {
  const dataRoot = made();
  const steps: string[] = [];
  const lock = () => {
    steps.push("held");
    return { release: () => void steps.push("released") };
  };
  const replace: Files["replace"] = (path, bytes) => {
    steps.push("flushed");
    systemFiles.replace(path, bytes);
  };
  const ports = { ...SYSTEM_PORTS, files: { ...systemFiles, replace }, lock };
  expect(causes(await lockChecks(start(dataRoot, { ports })))).toEqual([null, null]);
  expect(steps).toEqual(["held", "flushed", "released"]);
});

test("a disk on which no lock can be left is no disk that keeps what it is told", async () => {
  const checks = await lockChecks(start(made(), withFiles({ project: failing("EROFS") })));
  expect(checks).toMatchObject([
    { name: "flush", ok: false, looked: true, cause: "data-root/not-writable" },
    { name: "lock", ok: false, looked: false, cause: "flush" },
  ]);
});

test("where the configuration does not hold, the data root that it names is not looked at", async () => {
  const settings = new Refusal("kernel", "config/unknown-key", "no");
  const dataRoot = freshRoot();
  expect(await dataRootChecks(start(dataRoot, { settings }))).toMatchObject([
    { name: "data-root", ok: false, looked: false, cause: "configuration" },
  ]);
  expect(systemFiles.standing(dataRoot)).toBe(undefined);
});

const HOUR_MS = 60 * 60 * 1_000;

test.each([
  ["as it should be", 0, null],
  ["set back by less than an hour", -HOUR_MS + 60_000, null],
  ["set back by more than an hour", -HOUR_MS - 60_000, "clock/behind"],
  ["that is not a number", Number.NaN, "clock/unset"],
  ["of 1970", -Date.now(), "clock/unset"],
])("a clock %s", async (_, offMs, cause) => {
  const dataRoot = made();
  const { ledger } = startLedger(dataRoot);
  wholeOn(ledger, "one");
  await ledger.flush();
  await ledger.close();
  const nowMs = Date.now() + offMs;
  const clock = { ...SYSTEM_PORTS.clock, now: () => nowMs };
  const ports = { ...SYSTEM_PORTS, clock };
  expect(causes(await clockChecks(start(dataRoot, { ports })))).toEqual([cause]);
  // As a writer leaves it that is killed: with room behind its lines.
  appendFileSync(segment(dataRoot, 1), Buffer.alloc(ROOM_BYTES));
  expect(causes(await clockChecks(start(dataRoot, { ports })))).toEqual([cause]);
});

test.each([
  ["the same bytes twice", (count: number) => Buffer.alloc(count, 7)],
  ["too few bytes", () => Buffer.from(String(Math.sin(performance.now())))],
])("randomness that gives %s is no randomness", async (_, bytes) => {
  const ports = { ...SYSTEM_PORTS, entropy: { bytes } };
  expect(causes(await entropyChecks(start(freshRoot(), { ports })))).toEqual([
    "entropy/predictable",
  ]);
});

test("a capability that throws when it is loaded is named", async () => {
  const capabilities = { ...capabilitiesOf(), transform: failing("a broken part") };
  const snapshot = snapshotOf([registerGraph()], ["identify"]);
  const checks = await capabilityChecks(
    start(freshRoot(), { capabilities, alive: { snapshot: snapshot as never } }),
  );
  expect(causes(checks)).toEqual([null, "capability/throws"]);
  expect(checks[1]?.found).toContain("`identify` throws when it is loaded: Error: a broken part");
});
