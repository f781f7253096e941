/** A replay answers calls to the outside from the record: the same comes out, and nobody is called. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { External } from "../../../protocol/language/capabilities.ts";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { firstDifference } from "../../../runtime/evidence/difference.ts";
import { type ReplaySource, replayFull } from "../../../runtime/evidence/replay.ts";
import { traceInLedger } from "../../../runtime/evidence/trace-in-ledger.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import { bodyOf } from "../../../runtime/playback.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { during, freshRoot, ledgerBytes, ledgerFile, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

const WORKFLOW = "test::WF_PAY_V0" as const;
const secret = [{ path: ["secret"], labels: ["secret" as const] }];

/** Asks for a rate, which may be repeated, and pays, which must not. */
const graph = new GraphMaker(WORKFLOW, { type: "object" })
  .sealPayload(["secret"])
  .external(
    "rate",
    {
      implementation: "bank",
      input: { read: [0] },
      repeat: "safe",
      sealInput: secret,
      outcomes: { RATE: { type: "object", required: ["rate"] } },
      seal: { RATE: secret },
    },
    { RATE: "pay", TIMEOUT: "late" },
  )
  .external(
    "pay",
    {
      implementation: "bank",
      input: { object: [["amount", { read: [2, "rate"] }]] },
      repeat: "unsafe",
      outcomes: { PAID: true },
    },
    { PAID: "paid", IN_DOUBT: "doubtful" },
  )
  .exit("paid", "SUCCESS", { read: [2, "rate"] })
  .exit("late", "LATE")
  .exit("doubtful", "DOUBTFUL")
  .exit("on_fault", "FAULTED")
  .graph();
const snapshot = snapshotOf([graph], ["bank"]);

const rate = { outcome: "RATE", output: { rate: 7, secret: "s" } };
const paid = { outcome: "PAID", output: null };

/** By the trace that asks. Each node of it is asked under one name. */
const ANSWERS: Readonly<Record<string, External["call"]>> = {
  good: async ({ node }) => (node === "rate" ? rate : paid),
  late: async () => ({ unknown: "reset" }),
  doubtful: async ({ node }) => (node === "rate" ? rate : { unknown: "reset" }),
  unfit: async () => ({ outcome: "RATE", output: {} }),
  throwing: async () => Promise.reject(new Error("broken")),
};

function under(bank: External["call"]) {
  return {
    snapshot,
    snapshots: () => snapshot,
    capabilities: capabilitiesOf({}, { bank }),
  };
}

const OUTCOMES: Readonly<Record<string, string>> = {
  good: "SUCCESS",
  late: "LATE",
  doubtful: "DOUBTFUL",
  unfit: "FAULTED",
  throwing: "LATE",
};
let base = "";
beforeAll(async () => {
  base = freshRoot();
  const bank: External["call"] = async (call) =>
    (ANSWERS[call.trace] ?? ANSWERS.good)?.(call) ?? paid;
  await during(
    base,
    async (runtime) => {
      const works = Object.keys(ANSWERS).map((traceId) =>
        runtime.submit({ workflow: WORKFLOW, payload: { secret: "s", traceId }, traceId }),
      );
      const answers = await Promise.all(works);
      expect(answers.map(({ outcome }) => outcome)).toEqual(Object.values(OUTCOMES));
    },
    under(bank),
  );
});

function full(source: ReplaySource, dataRoot = base) {
  const bank: External["call"] = () => {
    throw new Error("nobody is to be called");
  };
  return replayFull(source, {
    snapshot: () => snapshot,
    capabilities: under(bank).capabilities,
    allowChangedCapabilities: false,
    vault: openVault(dataRoot, files),
  });
}

const path = () => join(dirname(base), "forged.jsonl");

/** A trace of these bodies, in the places of other records, as a file. */
function written(bodies: readonly JsonObject[], trace: string): ReplaySource {
  let prev: Digest = NO_DIGEST;
  const lines = bodies.map((body, index) => {
    const place = { n: index + 1, trace, seq: index + 1, at: "2026-11-21T10:00:00.000Z", prev };
    const made = writeLine(place, body as unknown as RecordBody);
    prev = made.hash;
    return made.line;
  });
  writeFileSync(path(), lines.join(""));
  return { kind: "trace", files, path: path() };
}

function bodiesOf(trace: string): readonly JsonObject[] {
  return recordsOf(base, trace).map((record) => bodyOf(record) as JsonObject);
}

/** The same calls, each begun once more before it was answered. */
function interrupted(records: readonly JsonObject[], node: string): readonly JsonObject[] {
  return records.flatMap((body) => {
    if (body.type === "closed") return [{ ...body, records: Number(body.records) + 1 }];
    if (body.node !== node) return [body];
    return body.type === "attempted" ? [body, { ...body, attempt: 2 }] : [{ ...body, attempt: 2 }];
  });
}

describe("a full replay", () => {
  test("of a ledger comes to the same whatever the outside said, and calls nobody", async () => {
    expect(await full({ kind: "ledger", files, dataRoot: base })).toEqual({
      ok: true,
      mode: "full",
      records: recordsOf(base).length,
      executions: 5,
      divergence: null,
      problems: [],
    });
  });

  test.each(Object.keys(OUTCOMES))(
    "of `%s`, read from the ledger, comes to the same",
    async (id) => {
      const reading = traceInLedger(files, base, id);
      if (reading === undefined) throw new Error("the ledger has it");
      expect(await full({ kind: "read", reading })).toMatchObject({ ok: true, executions: 1 });
    },
  );

  test("of a trace that stopped at any record goes as far as the records", async () => {
    const bodies = interrupted(bodiesOf("good"), "rate");
    for (let end = 1; end < bodies.length; end += 1) {
      const { divergence, problems } = await full(written(bodies.slice(0, end), "good"));
      expect(divergence, `after ${end}`).toBeNull();
      expect(problems.map(({ code }) => code)).toEqual(["trace/open"]);
    }
    expect(await full(written(bodies, "good"))).toMatchObject({ ok: true, records: 7 });
  });

  test("of an unsafe call that was begun twice names where another must stand", async () => {
    const twice = interrupted(bodiesOf("good"), "pay");
    const { divergence } = await full(written(twice, "good"));
    expect(divergence).toMatchObject({
      node: "pay",
      seq: 5,
      field: "/type",
      expected: "attempted",
      found: "external",
    });
  });

  test("names the field where a call was announced otherwise", async () => {
    const bodies = bodiesOf("good");
    const at = bodies.findIndex(({ type, node }) => type === "attempted" && node === "pay");
    const forged = (change: JsonObject) =>
      written(bodies.with(at, { ...bodies[at], ...change }), "good");
    const amount = await full(forged({ input: { amount: 8 } }));
    expect(amount.divergence).toMatchObject({ field: "/input/amount", expected: 8, found: 7 });
    const key = await full(forged({ idempotency_key: "mine" }));
    expect(key.divergence).toMatchObject({ field: "/idempotency_key", expected: "mine" });
  });

  test("of a trace whose end nobody knew finds another word for it", async () => {
    const bodies = bodiesOf("doubtful");
    const forged = bodies.map((body) =>
      body.outcome === "IN_DOUBT" ? { ...body, outcome: "TIMEOUT" } : body,
    );
    const { divergence } = await full(written(forged, "doubtful"));
    expect(divergence).toMatchObject({ field: "/outcome", expected: "TIMEOUT", found: "IN_DOUBT" });
  });
});

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<Json>("rate", "pay", "late", "paid", "doubtful", "on_fault", 1, 2),
  fc.constantFrom<Json>("RATE", "PAID", "TIMEOUT", "IN_DOUBT", "FAULT", "VIOLATION", "attempted"),
);

test("no change of what a trace says of its calls survives a full replay", async () => {
  const calls = Object.keys(OUTCOMES).flatMap((trace) =>
    bodiesOf(trace).flatMap((body, at) =>
      body.type === "attempted" || body.type === "external" ? [{ trace, at, body }] : [],
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...calls), fc.nat(), value, async (call, which, inserted) => {
      const { trace, at, body } = call;
      const names = Object.keys(body).filter((name) => !SAID.has(name));
      const name = names[which % names.length] ?? "";
      const changed = { ...body, [name]: inserted } as JsonObject;
      if (firstDifference(body, changed) === undefined) return;
      const replay = await full(written(bodiesOf(trace).with(at, changed), trace));
      expect(replay.ok, `${name} of record ${at + 1} of ${trace}`).toBe(false);
    }),
    { numRuns: 400 },
  );
});

/** What the outside said cannot be made again: the fingerprint stands for the one, the chain for all. */
const SAID = new Set(["reason"]);

test("a ledger with calls is verified, its traces judged by its own lines where no file stands", async () => {
  const options = {
    files,
    dataRoot: base,
    tracesFolder: join(dirname(base), "traces"),
    snapshot: () => snapshot,
    paint: undefined,
    state: true,
  };
  expect(await verify(options)).toMatchObject({ ok: true, problems: [], unprojected: 5 });
  const dataRoot = freshRoot();
  await during(dataRoot, (runtime) => runtime.submit({ workflow: WORKFLOW, payload: {} }), {
    ...under(async ({ node }) => (node === "rate" ? rate : paid)),
  });
  const forged = withLines(dataRoot, (bodies) => interrupted(bodies, "pay"));
  const { ok, problems } = await verify({ ...options, dataRoot, state: false });
  expect(ok).toBe(false);
  expect(problems).toContainEqual(
    expect.objectContaining({
      code: "path/not-in-graph",
      file: ledgerFile(dataRoot),
      line: forged.findIndex((body) => body.attempt === 2) + 1,
    }),
  );
});

/** Writes a ledger of one trace anew. */
function withLines(
  dataRoot: string,
  change: (bodies: readonly JsonObject[]) => readonly JsonObject[],
): readonly JsonObject[] {
  const records: readonly LedgerRecord[] = recordsOf(dataRoot);
  const bodies = change(records.map((record) => bodyOf(record) as JsonObject));
  const [first] = records;
  let prev: Digest = NO_DIGEST;
  const lines = bodies.map((body, index) => {
    const place = { n: index + 1, trace: first?.trace ?? "", seq: index + 1, at: first?.at ?? "" };
    const made = writeLine({ ...place, prev }, body as unknown as RecordBody);
    prev = made.hash;
    return made.line;
  });
  expect(ledgerBytes(dataRoot).toString("utf8")).not.toBe(lines.join(""));
  writeFileSync(ledgerFile(dataRoot), lines.join(""));
  return bodies;
}
