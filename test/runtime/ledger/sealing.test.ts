/** The thread that seals lines: whatever becomes of it, the ledger says the same, and its chains hold. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { readLedger } from "../../../runtime/ledger/reader.ts";
import { type SealingThread, startSealingThread } from "../../../runtime/ledger/sealing-thread.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import { closed, NODE, OPENED, QUICK, start, wholeOn } from "./ledger-root.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "pgs-sealing-"));
const workerFile = join(folder, "worker.cjs");

beforeAll(async () => {
  await build({
    entryPoints: [join(root, "runtime/state/store-worker.ts")],
    outfile: workerFile,
    bundle: true,
    platform: "node",
    format: "cjs",
    // A thread that seals opens no state.
    alias: { libsql: "node:module" },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program of a thread that does something else at its n-th group. */
function brokenAt(group: number, how: string): string {
  const file = join(folder, `broken-${group}-${how.length}.cjs`);
  writeFileSync(
    file,
    `const port = require("node:worker_threads").parentPort;
     const on = port.on.bind(port);
     let told = 0;
     port.on = (name, listen) => on(name, (lines) => {
       if ((told += 1) === ${group}) { ${how} }
       listen(lines);
     });
     require(${JSON.stringify(workerFile)});`,
  );
  return file;
}

interface Counted {
  readonly start: () => SealingThread;
  /** What came of each group that was handed over. */
  readonly sealed: boolean[];
}

function counted(file: string): Counted {
  const sealed: boolean[] = [];
  const start = () => {
    const thread = startSealingThread(file);
    const seal: SealingThread["seal"] = async (lines) => {
      const one = await thread.seal(lines);
      sealed.push(one);
      return one;
    };
    return { ...thread, seal };
  };
  return { start, sealed };
}

const GROUPS = 60;
const AT_ONCE = 80;

/** Groups of whole traces, and one trace that goes on through all of them. */
async function check(file: string): Promise<readonly boolean[]> {
  const dataRoot = freshRoot();
  const { start: sealingThread, sealed } = counted(file);
  const small = { segmentBytesMax: 400_000 };
  const { ledger } = start(dataRoot, { files: QUICK, sealingThread, ...small });
  const lines: Uint8Array[] = [];
  const records: LedgerRecord[] = [];
  const say = (body: Parameters<typeof ledger.append>[1]) =>
    void records.push(ledger.append("long", body, lines));
  say(OPENED);
  for (let group = 0; group < GROUPS; group += 1) {
    for (let at = 0; at < AT_ONCE; at += 1) {
      wholeOn(ledger, `t${group}-${at}`, { payload: "ü".repeat(at) });
    }
    say(NODE);
    const done = ledger.flush();
    // While it is sealed and written, the next group begins.
    wholeOn(ledger, `next-${group}`);
    await done;
  }
  say(closed(GROUPS + 2));
  await ledger.flush();
  await ledger.close();
  const read = [...readLedger(systemFiles, dataRoot)];
  expect(read.length).toBe(GROUPS * (AT_ONCE + 1) * 3 + GROUPS + 2);
  const long = read.filter(({ record }) => record.trace === "long");
  expect(long.map(({ record }) => record)).toEqual(records);
  expect(Buffer.concat(lines).equals(Buffer.concat(long.map(({ raw }) => raw.bytes)))).toBe(true);
  return sealed;
}

test("many lines are sealed by it, over ends of segments", async () => {
  const sealed = await check(workerFile);
  expect(sealed.length).toBeGreaterThan(10);
  expect(sealed.every((one) => one)).toBe(true);
});

test.each([
  ["throws", "throw new Error('no');"],
  ["ends", "process.exit();"],
  [
    "writes half of a seal and ends",
    "lines.buffer.fill(88, lines.ends[0], lines.ends[0] + 70); process.exit();",
  ],
])("one that %s has sealed nothing, and no other group is handed over", async (_, how) => {
  const sealed = await check(brokenAt(3, how));
  expect(sealed).toEqual([true, true, false]);
});

test("one that is not there is done without", async () => {
  expect(await check(join(folder, "nothing.cjs"))).toEqual([false]);
});

test("a few lines are not worth a thread", async () => {
  const { start: sealingThread, sealed } = counted(workerFile);
  const { ledger } = start(freshRoot(), { files: QUICK, sealingThread });
  for (let at = 0; at < 1_000; at += 1) {
    wholeOn(ledger, `t${at}`);
    await ledger.flush();
  }
  await ledger.close();
  expect(sealed).toEqual([]);
});
