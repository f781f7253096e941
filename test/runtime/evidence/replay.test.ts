/** Replay is the same machine fed from the record: it comes to the same, or names where it does not. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Capabilities, Transform } from "../../../protocol/language/capabilities.ts";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { readLine, writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import {
  type ReplaySource,
  replayEvents,
  replayFull,
  replayState,
} from "../../../runtime/evidence/replay.ts";
import { bodyOf } from "../../../runtime/playback.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { freshRoot, ledgerBytes, ledgerFile, recordsOf } from "../on-disk.ts";
import { capabilitiesOf } from "../protocol.ts";
import { recordedRoot, snapshot, traceFile } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

function ofTrace(trace: string, dataRoot = base): ReplaySource {
  return { kind: "trace", files, path: traceFile(dataRoot, trace) };
}

function ofLedger(more: { upTo?: number; trace?: string } = {}): ReplaySource {
  return { kind: "ledger", files, dataRoot: base, ...more };
}

function full(source: ReplaySource, capabilities: Capabilities = capabilitiesOf()) {
  return replayFull(source, {
    snapshot: () => snapshot,
    capabilities,
    allowChangedCapabilities: false,
    vault: openVault(base, files),
  });
}

test("events_only gives the verified records in order", () => {
  const replay = replayEvents(ofTrace("t1"));
  expect(replay).toMatchObject({ ok: true, mode: "events_only", records: 5 });
  expect(replay.events).toEqual(recordsOf(base, "t1"));
  expect(replayEvents(ofLedger()).events).toEqual(recordsOf(base));
  expect(replayEvents(ofLedger({ trace: "t2" })).events).toEqual(recordsOf(base, "t2"));
});

test("state_only folds up to any ledger position, calling nothing", () => {
  const registered = (upTo: number) => replayState(ofLedger({ upTo })).state?.registry.length;
  const effects = recordsOf(base).filter(
    (record) => record.type === "effect" && record.operation === "REGISTER",
  );
  expect(registered(1)).toBe(0);
  expect(registered((effects[0]?.n ?? 0) - 1)).toBe(0);
  expect(registered(effects[0]?.n ?? 0)).toBe(1);
  expect(registered(14)).toBe(2);
  expect(replayState(ofLedger()).state?.execution.map(({ trace }) => trace)).toEqual([
    "t1",
    "t2",
    "t3",
  ]);
});

test("state_only of a trace file gives what that trace alone changed", () => {
  const { state } = replayState(ofTrace("t3"));
  expect(state?.registry).toHaveLength(1);
  expect(state?.stream).toHaveLength(1);
  expect(replayState(ofTrace("t2")).state?.registry).toHaveLength(0);
});

describe("full replay", () => {
  test("of every trace comes to the same, from its file and from the ledger", async () => {
    for (const trace of ["t1", "t2", "t3"]) {
      const replay = await full(ofTrace(trace));
      expect(replay).toEqual({
        ok: true,
        mode: "full",
        records: recordsOf(base, trace).length,
        executions: 1,
        divergence: null,
        problems: [],
      });
    }
    expect(await full(ofLedger())).toMatchObject({ ok: true, records: 14 });
    expect(await full(ofLedger({ upTo: 7 }))).toMatchObject({ ok: true, records: 7 });
  });

  test("calls every transform again and names the field that comes out otherwise", async () => {
    const identify: Transform = () => ({ outcome: "SUCCESS", output: { id: "another" } });
    const { ok, divergence } = await full(ofTrace("t1"), capabilitiesOf({ identify }));
    const [, node] = recordsOf(base, "t1");
    expect(ok).toBe(false);
    expect(divergence).toEqual({
      trace: "t1",
      n: 2,
      seq: 2,
      node: "identify",
      field: "/output/id",
      expected: node?.type === "node" ? (node.output as { id: string }).id : undefined,
      found: "another",
    });
  });

  test("tells of a transform that now throws", async () => {
    const identify: Transform = () => {
      throw new Error("boom");
    };
    const { divergence } = await full(ofTrace("t1"), capabilitiesOf({ identify }));
    expect(divergence).toMatchObject({ field: "/outcome", expected: "SUCCESS", found: "FAULT" });
  });

  test("refuses capabilities that are not those that were sealed", async () => {
    const capabilities = { ...capabilitiesOf(), digestOf: () => NO_DIGEST };
    const { ok, problems } = await full(ofTrace("t1"), capabilities);
    expect(ok).toBe(false);
    expect(problems.map(({ code }) => code)).toEqual(["capability/changed"]);
  });

  test("refuses a trace whose snapshot is not at hand, and accuses nobody", async () => {
    const replay = replayFull(ofTrace("t1"), {
      snapshot: () => {
        throw new Refusal("usage", "snapshot/not-found", "no snapshot");
      },
      capabilities: capabilitiesOf(),
      allowChangedCapabilities: false,
      vault: openVault(base, files),
    });
    await expect(replay).rejects.toMatchObject({ family: "usage", code: "snapshot/not-found" });
  });
});

/** The trace rewritten by a forger who computes every hash anew. */
function forge(trace: string, change: (bodies: RecordBody[]) => void): ReplaySource {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  const records = recordsOf(base, trace);
  const bodies = records.map((record) => bodyOf(record) as unknown as RecordBody);
  change(bodies);
  let prev: Digest = NO_DIGEST;
  const lines = bodies.map((body, index) => {
    const { n = index + 1, at = "" } = (records[index] ?? {}) as Partial<LedgerRecord>;
    const made = writeLine({ n, trace, seq: index + 1, at, prev }, body);
    prev = made.hash;
    return made.line;
  });
  writeFileSync(traceFile(dataRoot, trace), lines.join(""));
  return ofTrace(trace, dataRoot);
}

function set(index: number, members: object): (bodies: RecordBody[]) => void {
  return (bodies) => {
    bodies[index] = { ...bodies[index], ...members } as RecordBody;
  };
}

test.each<readonly [string, (bodies: RecordBody[]) => void, object]>([
  ["a payload", set(0, { payload: { name: "Eve" } }), { seq: 2, field: "/output/id" }],
  ["a payload that nobody could send", set(0, { payload: 7 }), { seq: 1, field: "/payload" }],
  ["an output", set(1, { output: { id: "0" } }), { seq: 2, field: "/output/id", expected: "0" }],
  ["an outcome", set(1, { outcome: "GREAT" }), { seq: 2, field: "/outcome" }],
  ["an edge", set(1, { to: "announce" }), { seq: 2, field: "/to", found: "register" }],
  [
    "a fault",
    set(1, { outcome: "FAULT", output: undefined, reason: { code: "fault/threw", message: "z" } }),
    { seq: 2, field: "/outcome", found: "SUCCESS" },
  ],
  ["a key", set(2, { key: "0" }), { seq: 3, field: "/key", expected: "0" }],
  ["a value", set(2, { value: { name: "Eve" } }), { seq: 3, field: "/value/name" }],
  ["a tenant", set(2, { tenant: "other" }), { seq: 3, field: "/tenant" }],
  ["a store", set(2, { store: "test/other" }), { seq: 3, field: "/store" }],
  ["what a store gave", set(2, { output: 7 }), { seq: 3, field: "/output" }],
  ["an invented outcome", set(2, { outcome: "GREAT" }), { seq: 3, field: "/outcome" }],
  ["a node", set(2, { node: "identify" }), { seq: 3, field: "/node", found: "register" }],
  ["a result", set(4, { result: { id: "0" } }), { seq: 5, field: "/result/id" }],
  ["an exit", set(4, { exit: "known" }), { seq: 5, field: "/exit", found: "registered" }],
  ["a fingerprint", set(4, { fingerprint: NO_DIGEST }), { seq: 5, field: "/fingerprint" }],
  ["a member that was added", set(1, { row: 1 }), { seq: 2, field: "/row", found: null }],
  ["a missing step", (bodies) => bodies.splice(3, 1), { seq: 4, field: "/node" }],
])("a forged trace with %s changed diverges there", async (_, change, divergence) => {
  const replay = await full(
    forge("t1", (bodies) => {
      change(bodies);
      const end = bodies.at(-1);
      if (end?.type === "closed") set(bodies.length - 1, { records: bodies.length })(bodies);
    }),
  );
  expect(replay.problems).toEqual([]);
  expect(replay.divergence).toMatchObject({ trace: "t1", ...divergence });
});

test("a trace that does not verify is not replayed", async () => {
  const source = forge("t1", () => {});
  if (source.kind !== "trace") throw new Error("a trace file");
  const bytes = readFileSync(source.path);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  writeFileSync(source.path, bytes);
  expect(await full(source)).toMatchObject({ ok: false, records: 0, divergence: null });
  expect(replayState(source).state?.execution).toEqual([]);
});

test("an open trace is replayed as far as it goes, and told as open", async () => {
  const source = forge("t1", (bodies) => bodies.splice(3));
  const replay = await full(source);
  expect(replay.problems.map(({ code }) => code)).toEqual(["trace/open"]);
  expect(replay).toMatchObject({ ok: false, records: 3, divergence: null });
});

test("a broken ledger refuses to be replayed, with the place", () => {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  const bytes = ledgerBytes(dataRoot);
  bytes[700] = (bytes[700] ?? 0) ^ 1;
  writeFileSync(ledgerFile(dataRoot), bytes);
  expect(() => replayEvents({ kind: "ledger", files, dataRoot })).toThrow(/line 2|line 1/);
  const nowhere = join(dataRoot, "nowhere");
  expect(() => replayEvents({ kind: "ledger", files, dataRoot: nowhere })).toThrow("no ledger");
});

test("a line that is read is the record that replay compares", () => {
  const [line = ""] = ledgerBytes(base)
    .toString("utf8")
    .split(/(?<=\n)/);
  const { record } = readLine(line);
  expect(record && (bodyOf(record) as Record<string, Json>).type).toBe("opened");
});
