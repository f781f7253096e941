/**
 * A ledger whose executions met another state than its own fold contradicts itself, although every
 * line of it holds: whoever reads all of it names the first record that does.
 */
import { cpSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import Database from "libsql";
import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { foldCheck } from "../../../runtime/evidence/contradiction.ts";
import { list } from "../../../runtime/evidence/list.ts";
import { rebuild } from "../../../runtime/evidence/rebuild.ts";
import { replayEvents, replayFull } from "../../../runtime/evidence/replay.ts";
import { bodyOf } from "../../../runtime/playback.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { type Asked, decide } from "../../../runtime/state/decide.ts";
import { Overlay } from "../../../runtime/state/overlay.ts";
import { openStore } from "../../../runtime/state/sqlite.ts";
import { systemFiles as files, systemClock } from "../../../runtime/system-ports.ts";
import { during, freshRoot, HOLDER, ledgerBytes, ledgerFile, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, REGISTER } from "../protocol.ts";
import { paint, recordedRoot, snapshot, tracesOf, verified } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

/** A copy whose state is changed, and on which Ada is registered once more. */
async function deceived(sql: string): Promise<string> {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  const database = new Database(join(dataRoot, "state.db"));
  database.exec(sql);
  database.close();
  await during(
    dataRoot,
    (runtime) =>
      runtime.submit({ workflow: REGISTER, payload: { name: "Ada" }, traceId: "deceived" }),
    { snapshot, snapshots: () => snapshot },
  );
  return dataRoot;
}

function rebuilt(dataRoot: string, from: "ledger" | "traces" = "ledger") {
  return rebuild({
    files,
    clock: systemClock,
    dataRoot,
    holder: HOLDER,
    waitMs: 0,
    from,
    tracesFolder: tracesOf(dataRoot),
    snapshot: () => snapshot,
    paint,
  });
}

describe.each([
  ["a row was deleted from", "DELETE FROM registry", "register"],
  ["a value was changed in", `UPDATE registry SET value = '{"name":"Eve"}'`, "register"],
  ["a row was invented in", "INSERT INTO registry VALUES ('default','test/actors','x','1',0)", ""],
])("where %s the state", (_, sql, node) => {
  test("the first record that was decided by it is named", async () => {
    const dataRoot = await deceived(sql);
    const record = recordsOf(dataRoot).find(
      (one) => one.n > 14 && "node" in one && one.node === node,
    );
    const { problems } = await verified(dataRoot, { tracesFolder: undefined });
    const found = problems.filter(({ code }) => code === "state/contradicts-fold");
    if (record === undefined) {
      expect(found).toEqual([]);
      return;
    }
    const place = { code: "state/contradicts-fold", file: ledgerFile(dataRoot), line: record.n };
    expect(found).toEqual([expect.objectContaining(place)]);
    const { ok, problems: replayed } = await replayFull(
      { kind: "ledger", files, dataRoot },
      {
        snapshot: () => snapshot,
        capabilities: capabilitiesOf(),
        allowChangedCapabilities: false,
        vault: openVault(dataRoot, files),
      },
    );
    expect(ok).toBe(false);
    expect(replayed).toEqual([expect.objectContaining(place)]);
    await expect(rebuilt(dataRoot)).rejects.toMatchObject({
      family: "evidence",
      code: "state/contradicts-fold",
    });
  });
});

const store = fc.constantFrom("a/registry", "a/stream", "a/document");
const operations = {
  "a/registry": ["REGISTER", "RESOLVE", "REVOKE"],
  "a/stream": ["APPEND", "READ"],
  "a/document": ["PUT", "REPLACE", "GET", "REMOVE"],
} as const;
const call = store.chain((name) =>
  fc.record({
    store: fc.constant(name),
    operation: fc.constantFrom<string>(...operations[name as keyof typeof operations]),
    tenant: fc.constantFrom("one", "other"),
    key: fc.constantFrom("k", "l"),
    value: fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
    from: fc.integer({ min: 1, max: 4 }),
    limit: fc.integer({ min: 1, max: 3 }),
    version: fc.integer({ min: 1, max: 3 }),
  }),
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

function inputOf({ operation, key, value, from, limit, version }: Call): Asked["input"] {
  switch (operation) {
    case "REGISTER":
    case "PUT":
      return { key, value };
    case "REPLACE":
      return { key, value, version };
    case "APPEND":
      return { event: value };
    case "READ":
      return { from, limit };
    default:
      return { key };
  }
}

/** What a writer would record of these calls, one after the other. */
function recorded(calls: readonly Call[]): readonly LedgerRecord[] {
  const state = new Overlay(openStore(":memory:", "writing"));
  return calls.map((one, index) => {
    const input = inputOf(one);
    const { key, event, value = event, version, from, limit } = input as Record<string, Json>;
    const { tenant, store, operation } = one;
    const decided = decide(state, { tenant, store, operation, input });
    const kept = {
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { value }),
      ...(version === undefined ? {} : { version }),
      ...(from === undefined ? {} : { from, limit }),
    };
    const place = { n: index + 1, trace: "t", type: "effect", tenant, store, operation };
    const record = { ...place, ...kept, ...decided } as unknown as LedgerRecord;
    state.note(record);
    return record;
  });
}

describe("of any calls", () => {
  test("the records agree with their fold", () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
        const { take } = foldCheck();
        expect(recorded(calls).map(take).filter(Boolean)).toEqual([]);
      }),
    );
  });

  test("a record whose outcome is exchanged is named", () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 30 }), fc.nat(), (calls, pick) => {
        const { take } = foldCheck();
        const at = pick % calls.length;
        const changed = recorded(calls).map((record, index) =>
          index === at ? ({ ...record, outcome: "EXCHANGED" } as LedgerRecord) : record,
        );
        const found = changed.map(take);
        expect(found.findIndex((message) => message !== undefined)).toBe(at);
      }),
    );
  });

  test("a version, or a part of a stream, that nobody asked for is named", () => {
    let forged = 0;
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 30 }), fc.nat(), (calls, pick) => {
        const records = recorded(calls);
        const at = pick % records.length;
        const record = records[at] as LedgerRecord & { output: Record<string, Json> };
        const counted = ["version", "next"].find((name) => typeof record.output[name] === "number");
        if (counted === undefined) return;
        forged += 1;
        const output = {
          ...(record.output as object),
          [counted]: Number(record.output[counted]) + 1,
        };
        const { take } = foldCheck();
        const found = records.map((one, index) =>
          take(index === at ? (Object.assign({}, one, { output }) as LedgerRecord) : one),
        );
        expect(found.findIndex((message) => message !== undefined)).toBe(at);
      }),
      { numRuns: 300 },
    );
    expect(forged).toBeGreaterThan(50);
  });

  test("whatever a record says, an answer comes", () => {
    const anything = fc.record({
      operation: fc.constantFrom("REGISTER", "READ", "APPEND", "REPLACE", "GET", "constructor"),
      key: fc.option(fc.string(), { nil: undefined }),
      value: fc.option(fc.jsonValue(), { nil: undefined }),
      output: fc.oneof(
        fc.option(fc.jsonValue(), { nil: undefined }),
        fc.record({ version: fc.double(), next: fc.double(), events: fc.jsonValue() }),
        fc.record({ position: fc.integer(), next: fc.integer(), events: fc.array(fc.jsonValue()) }),
      ),
      outcome: fc.constantFrom("SUCCESS", "FAULT", "NOT_FOUND", "ALREADY_EXISTS", "CONFLICT"),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 8 }), (bodies) => {
        const { take } = foldCheck();
        for (const body of bodies) {
          const place = { type: "effect", trace: "t", tenant: "a", store: "b" };
          take({ ...place, ...body } as unknown as LedgerRecord);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test("a ledger that was emptied, torn or deleted is missed by its state wherever all is read", async () => {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  const source = { kind: "ledger" as const, files, dataRoot };
  expect(replayEvents(source)).toMatchObject({ ok: true, records: 14 });
  const bytes = ledgerBytes(dataRoot);
  for (const end of [bytes.length - 1, 0]) {
    writeFileSync(ledgerFile(dataRoot), bytes.subarray(0, end));
    const { ok, problems } = replayEvents(source);
    expect(problems).toEqual([expect.objectContaining({ code: "ledger/truncated" })]);
    expect(ok).toBe(false);
    await expect(rebuilt(dataRoot)).rejects.toMatchObject({ code: "ledger/truncated" });
    expect(() => list({ files, dataRoot })).toThrow("the ledger ends before it");
  }
  rmSync(ledgerFile(dataRoot));
  const lost = expect.objectContaining({ family: "evidence", code: "ledger/truncated" }) as Error;
  expect(() => replayEvents(source)).toThrow(lost);
});

test("a fingerprint that is not the records' own is refused before anything is removed", async () => {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  const print = "f".repeat(64);
  const lines = recordsOf(base).map((record) => {
    const { n, trace, seq, at, prev } = record;
    const body = bodyOf(record) as unknown as RecordBody;
    if (body.type !== "closed" || n !== 14)
      return writeLine({ n, trace, seq, at, prev }, body).line;
    return writeLine({ n, trace, seq, at, prev }, { ...body, fingerprint: print as Digest }).line;
  });
  writeFileSync(ledgerFile(dataRoot), lines.join(""));
  const before = statSync(join(dataRoot, "state.db")).ino;
  await expect(rebuilt(dataRoot)).rejects.toMatchObject({
    family: "evidence",
    code: "chain/fingerprint",
  });
  expect(statSync(join(dataRoot, "state.db")).ino).toBe(before);
});

test("where there is nothing to rebuild from, nothing is made", async () => {
  const dataRoot = freshRoot();
  await expect(rebuilt(dataRoot)).rejects.toMatchObject({
    family: "usage",
    code: "ledger/not-found",
  });
  await expect(rebuilt(dataRoot, "traces")).rejects.toMatchObject({ code: "trace/not-found" });
  expect(existsSync(dataRoot)).toBe(false);
});
