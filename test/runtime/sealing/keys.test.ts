/**
 * The way of keys to the disk: many share it, and nothing that a key sealed is there before it. Real
 * files; what is asked of the disk is written down, and made to fail.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import type { Files } from "../../../runtime/ports.ts";
import { type RuntimeOptions, SYSTEM_PORTS } from "../../../runtime/runtime-options.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemEntropy, systemFiles } from "../../../runtime/system-ports.ts";
import { stillClock, turns } from "../ledger/ledger-root.ts";
import { during, freshRoot, open, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

const SEALED = "test::WF_SEALED_V0";
const PLAIN = "test::WF_PLAIN_V0";

function graph(workflow: typeof SEALED | typeof PLAIN) {
  const maker = new GraphMaker(workflow, { type: "object" });
  if (workflow === SEALED) maker.sealPayload(["seed"]);
  return maker.exit("done", "SUCCESS").exit("on_fault", "FAULTED").graph();
}

const snapshot = snapshotOf([graph(SEALED), graph(PLAIN)], []);
const options = { snapshot, snapshots: () => snapshot, capabilities: capabilitiesOf() };
const work = (traceId: string) => ({ workflow: SEALED, payload: { seed: "s" }, traceId }) as const;
const plain = { workflow: PLAIN, payload: { seed: "s" } } as const;

/** Calls that a disk can refuse. */
type Refusable = "key write" | "key flush" | "key place" | "names flush" | "folder flush";

interface Watched {
  readonly files: Files;
  /** What was asked, in order; of a flush, when it was over. */
  readonly calls: string[];
  /** What calls of a kind throw, until it is taken away. */
  readonly fail: Partial<Record<Refusable, string>>;
  /** Keys that were not on the disk when something that they sealed was written. */
  readonly late: string[];
}

const KEY_IN_RECORD = /"key":"(default\/[^"]*)"/g;

function watched(root: string): Watched {
  const calls: string[] = [];
  const fail: Watched["fail"] = {};
  const late: string[] = [];
  const flushed = new Set<string>();
  const placed = new Set<string>();
  const durable = new Set<string>();
  const tell = (what: Refusable | "ledger write" | "ledger flush", path: string) => {
    calls.push(`${what} ${relative(root, path)}`);
    const code = fail[what as Refusable];
    if (code !== undefined) throw Object.assign(new Error(`${code}: refused`), { code });
  };
  const files: Files = {
    ...systemFiles,
    writeAside(path, data, mode) {
      tell("key write", path);
      const aside = systemFiles.writeAside(path, data, mode);
      return {
        ...aside,
        async flush() {
          await aside.flush();
          tell("key flush", path);
          flushed.add(path);
        },
        place() {
          if (fail["key place"] !== undefined) aside.discard();
          tell("key place", path);
          aside.place();
          if (flushed.has(path)) placed.add(path);
        },
      };
    },
    async flushNames(folder) {
      const covered = [...placed].filter((path) => dirname(path) === folder);
      await systemFiles.flushNames(folder);
      for (const path of covered) durable.add(path);
      tell("names flush", folder);
    },
    flushFolder(folder) {
      tell("folder flush", folder);
      systemFiles.flushFolder(folder);
    },
    openAppend(path) {
      const file = systemFiles.openAppend(path);
      return {
        ...file,
        append(data) {
          tell("ledger write", path);
          for (const [, name] of Buffer.from(data).toString().matchAll(KEY_IN_RECORD)) {
            if (!durable.has(join(root, "keys", `${name}.key`))) late.push(name ?? "");
          }
          file.append(data);
        },
        async flush() {
          await file.flush();
          tell("ledger flush", path);
        },
      };
    },
  };
  return { files, calls, fail, late };
}

function setting(more: Partial<RuntimeOptions> = {}) {
  const root = freshRoot();
  const disk = watched(root);
  const clock = stillClock();
  const ports = { ...SYSTEM_PORTS, files: disk.files, clock };
  return { root, clock, ...disk, options: { ...options, ports, ...more } };
}

function keysIn(root: string): readonly string[] {
  const folder = join(root, "keys", "default");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

const TRACES = Array.from({ length: 20 }, (_, n) => `t${10 + n}`);

describe("keys", () => {
  test("are on the disk, bytes before names, before anything that they sealed is written", async () => {
    const { root, calls, options } = setting();
    const runtime = await open(root, options);
    calls.length = 0;
    await runtime.submit(work("t1"));
    await runtime.close();
    expect(calls).toEqual([
      "folder flush ",
      "folder flush keys",
      "key write keys/default/t1.key",
      "key flush keys/default/t1.key",
      "key place keys/default/t1.key",
      "names flush keys/default",
      "ledger write ledger/00000001.jsonl",
      "ledger flush ledger/00000001.jsonl",
      "folder flush ledger",
    ]);
  });

  test("share the flush of their folder: one a group, and none where nothing is sealed", async () => {
    const { root, calls, late, options } = setting();
    const runtime = await open(root, options);
    const count = (what: string) => calls.filter((call) => call.startsWith(what)).length;
    await Promise.all(
      TRACES.flatMap((trace) => [runtime.submit(work(trace)), runtime.submit(plain)]),
    );
    expect(late).toEqual([]);
    expect(keysIn(root)).toEqual(TRACES.map((trace) => `${trace}.key`));
    expect(count("key flush")).toBe(TRACES.length);
    expect(count("names flush keys")).toBeLessThanOrEqual(count("ledger write"));
    expect(count("names flush keys")).toBeLessThan(TRACES.length / 2);
    calls.length = 0;
    await runtime.submit(plain);
    expect(calls).toEqual([
      "ledger write ledger/00000001.jsonl",
      "ledger flush ledger/00000001.jsonl",
    ]);
    await runtime.close();
  });

  test("are known before they are on the disk, and are the same ones there", async () => {
    const root = freshRoot();
    mkdirSync(root);
    const vault = openVault(root, systemFiles, systemEntropy);
    const names = Array.from({ length: 1_500 }, (_, n) => `default/k${n}`);
    const keys = names.map((name) => vault.obtain(name));
    const known = () => names.map((name) => vault.find(name));
    expect(known()).toEqual(keys);
    expect(names.map((name) => vault.obtain(name))).toEqual(keys);
    expect(existsSync(join(root, "keys"))).toBe(false);
    const settling = vault.settle();
    const late = vault.obtain("other/late");
    expect(await settling).toBeUndefined();
    expect(known()).toEqual(keys);
    const read = openVault(root, systemFiles);
    expect(names.map((name) => read.find(name))).toEqual(keys);
    // What came meanwhile waits for the next time.
    expect(vault.find("other/late")).toEqual(late);
    expect(read.find("other/late")).toBeUndefined();
    await vault.settle();
    expect(read.find("other/late")).toEqual(late);
    expect(vault.settle()).toBeUndefined();
    rmSync(join(root, "keys/default/k7.key"));
    expect(vault.find("default/k7")).toBeUndefined();
  });

  test("take the place of what a process that was stopped left aside", async () => {
    const { root, options } = setting();
    const aside = join(root, "keys/default/t1.key.aside");
    mkdirSync(dirname(aside), { recursive: true });
    writeFileSync(aside, "half");
    await during(root, (runtime) => runtime.submit(work("t1")), options);
    expect(keysIn(root)).toEqual(["t1.key"]);
    expect(readFileSync(join(root, "keys/default/t1.key")).length).toBe(32);
  });

  test("whose names a former process may not have flushed are flushed before they are used", async () => {
    const { root, files, calls } = setting();
    mkdirSync(root);
    const made = openVault(root, systemFiles, systemEntropy);
    const key = made.obtain("default/t1");
    await made.settle();
    const vault = openVault(root, files, systemEntropy);
    expect(vault.find("default/t1")).toEqual(key);
    expect(vault.settle()).toBeUndefined();
    expect(vault.obtain("default/t1")).toEqual(key);
    await vault.settle();
    expect(calls).toEqual(["folder flush ", "folder flush keys", "names flush keys/default"]);
    vault.obtain("default/t1");
    expect(vault.settle()).toBeUndefined();
  });
});

describe("a disk without room for a key", () => {
  test.each(["key write", "key place"] as const)("(%s) makes who asked wait", async (kind) => {
    const { root, clock, calls, late, fail, options } = setting({ roomWaitMs: 1_000 });
    const runtime = await open(root, options);
    await runtime.submit(plain);
    fail[kind] = "ENOSPC";
    calls.length = 0;
    const answers = Promise.all([runtime.submit(work("t1")), runtime.submit(work("t2"))]);
    while (!runtime.noRoom) await turns(1);
    expect(keysIn(root)).toEqual([]);
    expect(calls.filter((call) => call.startsWith("ledger"))).toEqual([]);
    await expect(runtime.submit(work("t3"))).rejects.toMatchObject({ code: "ledger/no-room" });
    delete fail[kind];
    expect(clock.ring()).toBe(250);
    expect((await answers).map(({ outcome }) => outcome)).toEqual(["SUCCESS", "SUCCESS"]);
    expect(keysIn(root)).toEqual(["t1.key", "t2.key"]);
    expect(runtime.noRoom).toBe(false);
    expect(late).toEqual([]);
    await runtime.close();
  });

  test("is a refusal where nobody may wait, and leaves nothing", async () => {
    const { root, fail, options } = setting();
    const runtime = await open(root, options);
    await runtime.submit(plain);
    fail["key write"] = "ENOSPC";
    await expect(runtime.submit(work("t1"))).rejects.toMatchObject({
      family: "busy",
      code: "ledger/no-room",
    });
    await runtime.close();
    expect(keysIn(root)).toEqual([]);
    expect(recordsOf(root, "t1")).toEqual([]);
    await during(root, (again) => again.submit(work("t1")), { ...options, ports: SYSTEM_PORTS });
  });
});

describe("a flush of keys that fails is final", () => {
  test.each([
    ["key flush", []],
    ["names flush", ["t1.key"]],
    ["folder flush", []],
  ] as const)("(%s)", async (kind, standing) => {
    for (const code of ["EIO", "ENOSPC"]) {
      const { root, calls, fail, clock, options } = setting({ roomWaitMs: 1_000 });
      const runtime = await open(root, options);
      await runtime.submit(plain);
      const before = recordsOf(root).length;
      fail[kind] = code;
      calls.length = 0;
      const refused = { family: "viability", code: "ledger/flush-failed" };
      await expect(runtime.submit(work("t1"))).rejects.toMatchObject(refused);
      delete fail[kind];
      expect(clock.ring()).toBeUndefined();
      await expect(runtime.submit(plain)).rejects.toMatchObject(refused);
      await runtime.close();
      expect(calls.filter((call) => call.startsWith("ledger"))).toEqual([]);
      expect(keysIn(root)).toEqual(standing);
      expect(recordsOf(root).length).toBe(before);
      await during(root, (again) => again.submit(work("t1")), { ...options, ports: SYSTEM_PORTS });
    }
  });
});
