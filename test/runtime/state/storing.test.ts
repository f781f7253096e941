/** The thread that stores the state: whatever becomes of it, nothing is lost and nothing stored ahead. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import type { OpenTrace } from "../../../runtime/ports.ts";
import { openStore } from "../../../runtime/state/sqlite.ts";
import { startStoreThread } from "../../../runtime/state/store-thread.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { during, freshRoot, recordsOf, UNFLUSHED } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

const root = join(import.meta.dirname, "../../..");
// Beside the packages that it asks for.
const folder = mkdtempSync(join(root, "node_modules", ".store-worker-"));
const workerFile = join(folder, "store-worker.cjs");

beforeAll(async () => {
  await build({
    entryPoints: [join(root, "runtime/state/store-worker.ts")],
    outfile: workerFile,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["libsql"],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Makes a thread's program that fails, or dies, at the n-th group that it is told. */
function brokenAt(group: number, how: string): string {
  const file = join(folder, `broken-${group}-${how.length}.cjs`);
  writeFileSync(
    file,
    `const threads = require("node:worker_threads");
     let told = 0;
     const on = threads.parentPort.on.bind(threads.parentPort);
     threads.parentPort.on = (name, listen) => on(name, (message) => {
       if ("changes" in message && (told += 1) === ${group}) { ${how} }
       listen(message);
     });
     require(${JSON.stringify(workerFile)});`,
  );
  return file;
}

const EXECUTIONS = 2_000;

/** Runs many executions, some of the same key, and reads the state's own index meanwhile. */
async function runMany(storeWorkerFile: string | undefined): Promise<string> {
  const dataRoot = freshRoot();
  const more = { ports: UNFLUSHED, ...(storeWorkerFile === undefined ? {} : { storeWorkerFile }) };
  await during(
    dataRoot,
    async (runtime) => {
      for (let begun = 0; begun < EXECUTIONS; begun += 100) {
        const names = Array.from({ length: 100 }, (_, at) => `n${(begun + at) % 1_500}`);
        const answers = await Promise.all(
          names.map((name) => runtime.submit({ workflow: REGISTER, payload: { name } })),
        );
        const expected = begun < 1_500 ? "SUCCESS" : "ALREADY_EXISTS";
        expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set([expected]));
      }
    },
    more,
  );
  return dataRoot;
}

function expectWhole(dataRoot: string): void {
  const closed = recordsOf(dataRoot).filter(({ type }) => type === "closed");
  expect(closed.length).toBe(EXECUTIONS);
  expect(verifyState({ files: systemFiles, dataRoot }).problems).toEqual([]);
}

describe("a state that a thread stores", () => {
  test("equals the fold of the ledger, and every key is found meanwhile", async () => {
    expectWhole(await runMany(workerFile));
  });

  test.each([
    ["dies before it stores a group", 1, "process.exit(3);"],
    ["dies later", 4, "process.exit(3);"],
    ["throws", 3, "throw new Error('broken');"],
    [
      "dies when it has stored a group and not said so",
      2,
      "threads.parentPort.postMessage = () => process.exit(3);",
    ],
    ["says that it cannot", 2, "message = { changes: [{ kind: 'nonsense' }], checkpoint: {} };"],
  ])("is stored all the same when the thread %s", async (_, group, how) => {
    expectWhole(await runMany(brokenAt(group, how)));
  });

  test("is stored all the same when there is no such program", async () => {
    expectWhole(await runMany(join(tmpdir(), "no-such-worker.cjs")));
  });
});

test("what is open at a checkpoint reaches the state by the thread as it would without", async () => {
  const path = join(folder, "places.db");
  openStore(path, "writing").close();
  const thread = startStoreThread(workerFile, path);
  let n = 0;
  let seed = 1;
  const below = (max: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % max;
  };
  let open: OpenTrace[] = [];
  for (let round = 0; round < 40; round += 1) {
    open = open.filter(() => below(5) > 0);
    for (let more = below(4); more >= 0; more -= 1) open.push({ trace: `t${n}`, places: place() });
    open = open.map((one) =>
      below(3) > 0 ? one : { ...one, places: [...one.places, ...place()] },
    );
    const durable = { n, segment: 1, offset: n * 10 };
    const checkpoint = { watermark: { applied: n, epoch: 1, durable, hash: null }, open };
    expect(await thread.store([], checkpoint)).toBe(true);
    const stored = openStore(path, "reading");
    expect(stored.open()).toEqual(open);
    expect(stored.watermark()?.applied).toBe(n);
    stored.close();
  }
  await thread.end();

  function place(): OpenTrace["places"] {
    n += 1;
    return [{ start: { n: n - 1, segment: 1, offset: (n - 1) * 10 }, bytes: 10 }];
  }
});
