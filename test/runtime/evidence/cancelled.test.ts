/** A cancelled execution is judged and told like any other: where it stood, who did it, and why. */
import { expect, test } from "vitest";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { gateLines } from "../../../runtime/evidence/gate-text.ts";
import { fingerprintOf } from "../../../runtime/fingerprint.ts";
import { markdownOf } from "../../../runtime/traces/markdown.ts";
import { pictureOf } from "../../../runtime/traces/svg.ts";
import { ALLOWED, governanceOf } from "../governed.ts";
import { drawnGraph } from "../traces/drawn-graph.ts";
import { keyOf, recordsOf, SNAPSHOT, walkBodies, writtenLines } from "../traces/written-trace.ts";
import { examineLines } from "./evidence-lines.ts";
import { cancelledBody, startOpened } from "./governed-bodies.ts";

const drawn = await drawnGraph({
  weigh: ["transform CT_WEIGH_V0", { SUCCESS: "fetch", CANCELLED: "on_cancel" }],
  fetch: ["safe CS_RATES_V0.FETCH", { SUCCESS: "keep", CANCELLED: "on_cancel" }],
  keep: ["effect CS_KEEP_V0.REGISTER", { SUCCESS: "done", CANCELLED: "on_cancel" }],
  done: ["exit SUCCESS"],
  on_cancel: ["exit CANCELLED"],
});
const graph = {
  ...drawn,
  nodes: drawn.nodes.map((node) =>
    node.kind === "exit" && node.name === "on_cancel" ? { ...node, cancel: true as const } : node,
  ),
};
const [opened, weighed] = walkBodies(graph, [
  ["weigh SUCCESS", { output: 1 }],
  ["fetch SUCCESS", { output: 1 }],
  ["keep SUCCESS", { output: {} }],
]) as [RecordBody, RecordBody];

const asked = { node: "fetch", effect: "example::CS_RATES_V0", operation: "FETCH" } as const;
const attempted: RecordBody = {
  ...{ type: "attempted", ...asked, idempotency_key: keyOf("fetch"), attempt: 1, input: {} },
};

function ended(...between: readonly RecordBody[]): RecordBody[] {
  const steps = between.filter(({ type }) => type !== "attempted") as never;
  return [
    opened,
    ...between,
    {
      ...{ type: "closed", exit: "on_cancel", outcome: "CANCELLED", result: null, fault: false },
      records: between.length + 2,
      fingerprint: fingerprintOf({ opened: opened as never, steps }),
    },
  ];
}

function cancelled(more: object = {}): RecordBody {
  return cancelledBody("weigh", { snapshot: SNAPSHOT, ...more });
}

/** A call had been begun. */
const begun = [weighed, attempted] as const;
const doubtful = cancelled({ node: "fetch", in_doubt: true });

function codesOf(bodies: readonly RecordBody[]): readonly string[] {
  return examineLines(writtenLines(bodies), graph).integrity.problems.map(({ code }) => code);
}

test("it holds where the graph has a way out for it, with a call in doubt and without", () => {
  expect(codesOf(ended(cancelled()))).toEqual([]);
  expect(codesOf(ended(...begun, doubtful))).toEqual([]);
});

test("what it says of where it stood is held against records and graph", () => {
  expect(codesOf(ended(...begun, cancelled({ node: "fetch" })))).toEqual(["chain/call"]);
  expect(codesOf(ended(weighed, cancelled({ node: "fetch" })))).toContain("path/broken");
  expect(codesOf(ended(cancelled({ in_doubt: true })))).toEqual(["chain/call"]);
  expect(codesOf(ended(cancelled({ node: "keep" })))).toContain("path/broken");
  expect(codesOf(ended(cancelled({ to: "done" })))).toContain("path/not-in-graph");
  expect(codesOf(ended(cancelled({ tenant: "acme" })))).toContain("tenant/another");
  expect(codesOf(ended(cancelled(), cancelled()))).toContain("chain/cancelled");
  expect(codesOf(ended())).toContain("path/broken");
});

test("nothing comes to that end by itself", () => {
  const step = { type: "node", node: "weigh", outcome: "CANCELLED", to: "on_cancel" } as const;
  expect(codesOf(ended(step as RecordBody))).toContain("path/not-in-graph");
});

test("who cancelled it, why, and who allowed that is told", () => {
  const lines = writtenLines(ended(...begun, doubtful));
  const examined = examineLines(lines, graph);
  expect(examined.cancelled).toMatchObject({
    ...{ node: "fetch", in_doubt: true, reason: "asked by mistake" },
    asked: { intent: "pgs.cancel", principal: "tester" },
    decided: { decision: "allow" },
  });
  const text = examinationText(examined);
  expect(text).toContain("because      it was cancelled at fetch");
  expect(text).toMatch(/^Cancelled$/m);
  const { policies } = governanceOf({ workflows: [graph.workflow] }).policies;
  const records = recordsOf(ended(cancelled()));
  const page = markdownOf({ graph, policies }, records);
  expect(page).toContain("it was cancelled at `weigh`");
  expect(page).toContain("## Who cancelled it");
  expect(page).toContain("| Reason | asked by mistake |");
  expect(pictureOf(graph, records)).toContain("cancelled at weigh; ended at on_cancel");
});

test("statements of another snapshot than the execution's are only named", () => {
  const { policies } = governanceOf({ workflows: [graph.workflow] }).policies;
  const other = cancelled({ snapshot: "0".repeat(64), policy: ALLOWED });
  const page = markdownOf({ graph, policies }, recordsOf(ended(other)));
  expect(page.split("## Who cancelled it")[1]).not.toContain("```cedar");
});

test("a start tells what its gates had found", () => {
  const { intent = "", payload = null } = startOpened();
  const gates = [
    { gate: "G1", checks: [{ name: "room", found: "12 GB" }] },
    { gate: "G4", checks: [] },
  ];
  expect(gateLines({ intent, payload: { ...(payload as object), gates } })).toEqual([
    "G1  room: 12 GB",
    "G4  nothing to check",
  ]);
  expect(gateLines({ intent: "pgs.run", payload: { gates } })).toEqual([]);
  expect(gateLines({ intent, payload: { gates: [1, { gate: "\u001b", checks: 2 }] } })).toEqual([
    "null  nothing to check",
    "\\u001b  nothing to check",
  ]);
});
