/** What a forger may write of a cancel: a full replay names the first thing that is not so. */
import { beforeAll, expect, test } from "vitest";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { replayInFull } from "../../../runtime/evidence/full-replay.ts";
import { programOf } from "../../../runtime/json-schema.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { during, freshRoot, recordsOf } from "../on-disk.ts";
import { capabilitiesOf } from "../protocol.ts";
import { askGraph, asking, silence, until, WORK } from "./asking.ts";

const root = freshRoot();
let records: readonly LedgerRecord[] = [];

beforeAll(async () => {
  const { call, calls } = silence();
  await during(
    root,
    async (runtime) => {
      const submitted = runtime.submit(WORK);
      await until(() => calls.length === 1);
      await runtime.cancel({ trace: "t1", reason: "a mistake" });
      await submitted;
    },
    asking(call),
  );
  records = recordsOf(root, "t1");
});

function replayed(given: readonly LedgerRecord[], graph: Graph = askGraph()) {
  const vault = openVault(root, systemFiles);
  const capabilities = capabilitiesOf({}, { outside: silence().call });
  return replayInFull({ records: given, program: programOf(graph), capabilities, vault });
}

function forged(type: LedgerRecord["type"], more: JsonObject): readonly LedgerRecord[] {
  return records.map((record) => (record.type === type ? { ...record, ...more } : record) as never);
}

test("what was recorded is made again", () => {
  expect(replayed(records)).toBeUndefined();
  // Of one whose end is missing nothing differs up to there.
  expect(replayed(records.slice(0, -1))).toBeUndefined();
});

test.each([
  ["cancelled", { node: "again" }, "/node"],
  ["cancelled", { node: "note" }, "/node"],
  ["cancelled", { in_doubt: false }, "/in_doubt"],
  ["cancelled", { to: "done" }, "/to"],
  ["closed", { exit: "done" }, "/exit"],
  ["closed", { outcome: "SUCCESS" }, "/outcome"],
  ["closed", { result: { paid: true } }, "/result"],
  ["closed", { fault: true }, "/fault"],
  ["closed", { records: 4 }, "/records"],
] satisfies [LedgerRecord["type"], JsonObject, string][])(
  "another %s, %o, is found at %s",
  (type, more, field) => {
    expect(replayed(forged(type, more))).toMatchObject({ trace: "t1", field });
  },
);

test("who did it, why and by whose decision stands in the record alone, and is judged elsewhere", () => {
  const more: Json = { principal: "another", reason: null };
  expect(replayed(forged("cancelled", more))).toBeUndefined();
});

test("a cancel that is left out is missed, and one more is found", () => {
  const without = records.filter(({ type }) => type !== "cancelled");
  expect(replayed(without)).toMatchObject({ field: "/node", expected: null, found: "ask" });
  const cancelled = records.filter(({ type }) => type === "cancelled");
  const early = [...records.slice(0, 1), ...cancelled, ...records.slice(1)];
  expect(replayed(early)).toMatchObject({ field: "/node", expected: "ask", found: "identify" });
});

test("a graph that was sealed without a way out for it cannot have been cancelled", () => {
  const graph = askGraph();
  const nodes = graph.nodes.map((node) => ({
    ...node,
    edges: node.edges.filter(({ outcome }) => outcome !== "CANCELLED"),
  }));
  expect(replayed(records, { ...graph, nodes })).toMatchObject({
    field: "/to",
    expected: "on_cancel",
    found: null,
  });
});
