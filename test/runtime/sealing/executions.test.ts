import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Transform } from "../../../protocol/language/capabilities.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { isSealed } from "../../../runtime/machine/places.ts";
import { copyOf, during, freshRoot, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

/** Twelve words that must be found nowhere. */
const CANARY = "canary-in-the-coal-mine";
const STORE = "test::WF_STORE_V0";
const FETCH = "test::WF_FETCH_V0";

const derived: Transform = (input) => {
  const seed = (input as { seed: string }).seed;
  return { outcome: "SUCCESS", output: { private: `${seed}-derived`, public: seed.length } };
};

/** Derives a key from a seed and keeps it; every part of it that is secret is labelled. */
function storeGraph() {
  const secret = (...path: string[]) => ({ path, labels: ["secret"] as const });
  const maker = new GraphMaker(STORE, {
    type: "object",
    properties: { id: { type: "string" }, seed: { type: "string" } },
  }).sealPayload(["seed"]);
  return maker
    .transform(
      "derive",
      {
        implementation: "derived",
        input: { object: [["seed", { read: [0, "seed"] }]] },
        outcomes: { SUCCESS: { type: "object", required: ["private"] } },
        seal: { SUCCESS: [secret("private")] },
        confidential: true,
      },
      { SUCCESS: "keep" },
    )
    .effect(
      "keep",
      {
        semantics: "registry",
        store: "test/keys",
        operation: "REGISTER",
        input: {
          object: [
            ["key", { read: [0, "id"] }],
            ["value", { read: [2] }],
          ],
        },
        sealInput: [secret("value", "private")],
        seal: { SUCCESS: [secret("value", "private")] },
      },
      { SUCCESS: "kept", ALREADY_EXISTS: "kept" },
    )
    .exit("kept", "SUCCESS", { read: [2] }, [secret("private")])
    .exit("on_fault", "FAULTED")
    .graph();
}

/** Fetches what was kept, and says how long it is. */
function fetchGraph() {
  const maker = new GraphMaker(FETCH, true);
  return maker
    .effect(
      "fetch",
      {
        semantics: "registry",
        store: "test/keys",
        operation: "RESOLVE",
        input: { object: [["key", { read: [0] }]] },
        value: { type: "object", properties: { private: { type: "string" } } },
        seal: { SUCCESS: [{ path: ["value", "private"], labels: ["secret"] }] },
      },
      { SUCCESS: "measure", NOT_FOUND: "on_fault" },
    )
    .transform(
      "measure",
      {
        implementation: "measure",
        input: { read: [2, "value", "private"] },
        outcomes: { SUCCESS: { type: "integer" } },
        confidential: true,
      },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS", { read: [maker.slot("measure")] })
    .exit("on_fault", "FAULTED")
    .graph();
}

const snapshot = snapshotOf([storeGraph(), fetchGraph()], ["derived", "measure"]);
const options = {
  snapshot,
  snapshots: () => snapshot,
  capabilities: capabilitiesOf({
    derived,
    measure: (input) => ({ outcome: "SUCCESS", output: String(input).length }),
  }),
};

const keep = { workflow: STORE, payload: { id: "k1", seed: CANARY }, traceId: "t1" };

function everyFile(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("a labelled value", () => {
  test("stands in the clear in nothing that a run leaves behind", async () => {
    const root = freshRoot();
    const answer = await during(root, (runtime) => runtime.submit(keep), options);
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    expect(isSealed((answer.result as JsonObject).private ?? null)).toBe(true);
    expect((answer.result as JsonObject).public).toBe(CANARY.length);
    const files = everyFile(root);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(readFileSync(file).includes(CANARY), file).toBe(false);
  });

  test("is sealed under a key of its execution that its owner alone can read", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(keep), options);
    const path = join(root, "keys", "default", "t1.key");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).size).toBe(32);
    const names = JSON.stringify(recordsOf(root)).match(/"key":"default\/[^"]*"/g);
    expect(new Set(names)).toEqual(new Set(['"key":"default/t1"']));
  });

  test("is opened by the key that it names when another execution reads it", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(keep), options);
    const read = { workflow: FETCH, payload: "k1", traceId: "t2" };
    const answer = await during(root, (runtime) => runtime.submit(read), options);
    expect(answer).toMatchObject({ exit: "done", result: `${CANARY}-derived`.length });
    // In the record it stands as it was sealed first: not again under another key.
    const [kept] = recordsOf(root, "t1").filter(({ type }) => type === "effect");
    const [fetched] = recordsOf(root, "t2").filter(({ type }) => type === "effect");
    expect((fetched as { output?: Json }).output).toEqual((kept as { output?: Json }).output);
  });

  test("is erased by destroying its key: the proof stays, a read is a FAULT", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(keep), options);
    rmSync(join(root, "keys", "default", "t1.key"));
    const read = { workflow: FETCH, payload: "k1", traceId: "t2" };
    const answer = await during(root, (runtime) => runtime.submit(read), options);
    expect(answer).toMatchObject({ exit: "on_fault", fault: true });
    const [fetched] = recordsOf(root, "t2").filter(({ type }) => type === "effect");
    expect(fetched).toMatchObject({ outcome: "FAULT", reason: { code: "fault/erased" } });
  });

  test("does not enter the fingerprint; whatever stands beside it does", async () => {
    const of = (payload: Json) =>
      during(freshRoot(), (runtime) => runtime.submit({ workflow: STORE, payload }), options);
    const first = await of({ id: "k1", seed: "one" });
    expect((await of({ id: "k1", seed: "two" })).fingerprint).toBe(first.fingerprint);
    expect((await of({ id: "k1", seed: "three" })).fingerprint).not.toBe(first.fingerprint);
    expect((await of({ id: "k2", seed: "one" })).fingerprint).not.toBe(first.fingerprint);
  });
});

describe("an execution with sealed values that was interrupted", () => {
  test("goes on to the same end from every record, byte for byte as sealed", async () => {
    const { writeFileSync } = await import("node:fs");
    const whole = freshRoot();
    await during(whole, (runtime) => runtime.submit(keep), options);
    const file = join("ledger", "00000001.jsonl");
    const lines = readFileSync(join(whole, file), "utf8").split(/(?<=\n)/);
    for (let count = 1; count < lines.length; count += 1) {
      const root = copyOf(whole);
      for (const name of readdirSync(root)) {
        if (name.startsWith("state.db")) rmSync(join(root, name));
      }
      writeFileSync(join(root, file), lines.slice(0, count).join(""));
      const { continued } = await during(root, async ({ recovery }) => recovery, options);
      expect(continued).toEqual(["t1"]);
      const timeless = (text: string) => text.replace(/"(at|prev|hash)":"[^"]*"/g, "");
      expect(timeless(readFileSync(join(root, file), "utf8"))).toBe(timeless(lines.join("")));
    }
  });

  test("and whose key is gone stays open, and says why", async () => {
    const { writeFileSync } = await import("node:fs");
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(keep), options);
    const file = join(root, "ledger", "00000001.jsonl");
    const lines = readFileSync(file, "utf8").split(/(?<=\n)/);
    for (const name of readdirSync(root)) {
      if (name.startsWith("state.db")) rmSync(join(root, name));
    }
    writeFileSync(file, lines.slice(0, 2).join(""));
    rmSync(join(root, "keys", "default", "t1.key"));
    for (let start = 0; start < 2; start += 1) {
      const { continued, stuck } = await during(root, async ({ recovery }) => recovery, options);
      expect(continued).toEqual([]);
      expect(stuck).toMatchObject([{ trace: "t1", code: "sealing/erased" }]);
    }
  });
});
