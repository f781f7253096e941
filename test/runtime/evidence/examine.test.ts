/** An examination says first whether the evidence holds, then what happened and what to change. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { ClosedBody, EffectBody, RecordBody } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { drawnGraph, type Sketch } from "../traces/drawn-graph.ts";
import { TRACE, traceLines, type Walk, walkBodies, writtenLines } from "../traces/written-trace.ts";
import { examineLines, FILE } from "./evidence-lines.ts";

const sketch: Sketch = {
  weigh: ["decide", { LIGHT: "identify", HEAVY: "refused" }],
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "register" }],
  register: ["effect CS_ACTORS_V0.REGISTER", { SUCCESS: "announce", ALREADY_EXISTS: "known" }],
  announce: ["effect CS_EVENTS_V0.APPEND", { SUCCESS: "registered" }],
  registered: ["exit SUCCESS"],
  known: ["exit ALREADY_EXISTS"],
  refused: ["exit BAD"],
};
const graph = await drawnGraph(sketch);
const walk: Walk = [
  ["weigh LIGHT", { row: -1 }],
  ["identify SUCCESS", { output: { id: "AC1" } }],
  ["register SUCCESS", { key: "AC1", value: { name: "Ada" }, output: { key: "AC1", value: {} } }],
  ["announce SUCCESS", { value: { type: "ACTOR" }, output: { position: 3 } }],
];
const bodies = walkBodies(graph, walk);
const lines = writtenLines(bodies);

function problemsOf(changed: readonly RecordBody[]): readonly string[] {
  const { integrity } = examineLines(writtenLines(changed), graph);
  expect(integrity.ok).toBe(integrity.problems.length === 0);
  return integrity.problems.map(({ code, line }) => `${code} ${line}`);
}

test("a trace that holds says so, and against what it was held", () => {
  const { trace_id, integrity, findings } = examineLines(lines, graph);
  expect(trace_id).toBe(TRACE);
  expect(integrity).toEqual({
    ok: true,
    records: 6,
    problems: [],
    checked: { snapshot: true, policies: true, ledger: false },
  });
  expect(findings).toEqual([]);
});

test("path, effects and end are those of the records", () => {
  const { opened, path, effects, closed } = examineLines(lines, graph);
  expect(opened).toMatchObject({ workflow: graph.workflow, principal: "tester" });
  expect(path.map(({ node, kind, outcome, to }) => [node, kind, outcome, to])).toEqual([
    ["weigh", "decide", "LIGHT", "identify"],
    ["identify", "transform", "SUCCESS", "register"],
    ["register", "effect", "SUCCESS", "announce"],
    ["announce", "effect", "SUCCESS", "registered"],
  ]);
  expect(effects.map((effect) => [effect.node, "before" in effect && effect.before])).toEqual([
    ["register", { source: "record", state: "nothing" }],
    ["announce", { source: "record", state: "value", events: 2 }],
  ]);
  const because = { seq: 4, node: "register", outcome: "SUCCESS", instead_of: ["ALREADY_EXISTS"] };
  expect(closed).toMatchObject({ exit: "registered", because });
});

/** What the record of an effect has, and that of another node has not. */
const NO_STORE = Object.fromEntries(
  ["tenant", "store", "operation", "key", "value"].map((name) => [name, undefined]),
);

test("steps that are no walk of the graph are refused where they stand (L1)", () => {
  const changed = (index: number, change: object): RecordBody[] =>
    bodies.map((body, at) => (at === index ? ({ ...body, ...change } as RecordBody) : body));
  const withoutSum = (found: readonly string[]) =>
    found.filter((code) => !code.startsWith("chain/fingerprint"));
  const cases: readonly (readonly [number, object, string])[] = [
    [1, { node: "identify" }, "path/broken 2"],
    [1, { outcome: "HEAVY" }, "path/not-in-graph 2"],
    [1, { row: 4 }, "path/not-in-graph 2"],
    [2, { node: "nowhere" }, "path/unknown-node 3"],
    [2, { outcome: "INVENTED" }, "path/not-in-graph 3"],
    [2, { to: "announce" }, "path/not-in-graph 3"],
    [3, { store: "example/other" }, "path/not-in-graph 4"],
    [3, { operation: "REVOKE" }, "path/not-in-graph 4"],
    [3, { type: "node", ...NO_STORE }, "path/not-in-graph 4"],
    [5, { exit: "known" }, "path/broken 6"],
    [5, { outcome: "GREAT" }, "path/not-in-graph 6"],
    [5, { fault: true }, "path/not-in-graph 6"],
  ];
  for (const [index, change, code] of cases) {
    expect(withoutSum(problemsOf(changed(index, change))), JSON.stringify(change)).toContain(code);
  }
});

test("a fingerprint that is not that of the records is refused", () => {
  const closed = { ...bodies[5], fingerprint: sha256("another") } as ClosedBody;
  expect(problemsOf([...bodies.slice(0, 5), closed])).toEqual(["chain/fingerprint 6"]);
});

test("a payload that was exchanged is found by the fingerprint alone", () => {
  const opened = { ...bodies[0], payload: { name: "Eve" } } as RecordBody;
  expect(problemsOf([opened, ...bodies.slice(1)])).toEqual(["chain/fingerprint 6"]);
});

test("without the snapshot the chain still holds, and what was not checked is said", () => {
  const { integrity, findings } = examineLines(lines, graph, { snapshot: () => undefined });
  expect(integrity).toMatchObject({ ok: true, checked: { snapshot: false } });
  expect(findings.map(({ code }) => code)).toEqual(["snapshot/not-at-hand"]);
});

test("a snapshot that was changed is a problem of integrity", () => {
  const snapshot = () => {
    throw new Refusal("evidence", "snapshot/changed-file", "`x` was changed");
  };
  const { integrity } = examineLines(lines, graph, { snapshot });
  expect(integrity.problems.map(({ code }) => code)).toEqual(["snapshot/changed-file"]);
});

test("a workflow that the snapshot does not have is a problem of integrity", () => {
  const other = { ...graph, workflow: "example::WF_OTHER_V0" } as const;
  const { integrity } = examineLines(lines, other);
  expect(integrity.problems.map(({ code }) => code)).toEqual(["snapshot/unknown-workflow"]);
});

test("a fault names the artifact to change, its place and what to do", () => {
  const reason = {
    code: "violation/unfit-input",
    message: "the bound value does not fit the input's schema",
    problems: [{ pointer: "/key", message: "must be string" }],
  };
  const faulted = walkBodies(graph, [
    ["weigh LIGHT", { row: -1 }],
    ["identify SUCCESS", { output: {} }],
    ["register VIOLATION", { reason }],
  ]);
  const asked: unknown[] = [];
  const { findings, closed } = examineLines(writtenLines(faulted), graph, {
    locate: (...question) => {
      asked.push(question);
      return { file: "protocol/domains/example/wf.yaml", line: 12 };
    },
  });
  expect(asked).toEqual([[graph.workflow, ["nodes", "register", "with"]]]);
  expect(findings).toEqual([
    {
      code: "violation/unfit-input",
      message:
        "`register` gave VIOLATION: the bound value does not fit the input's schema; at `/key`: must be string",
      artifact: graph.workflow,
      node: "register",
      file: "protocol/domains/example/wf.yaml",
      line: 12,
      hint: expect.stringMatching(/\.$/) as string,
    },
  ]);
  expect(closed).toMatchObject({ fault: true, because: { node: "register" } });
});

test("every reason that the runtime gives has a hint", () => {
  const runtime = join(import.meta.dirname, "../../../runtime");
  const sources = readdirSync(runtime, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("evidence"))
    .map((file) => readFileSync(join(runtime, file), "utf8"));
  const codes = new Set(sources.join("").match(/(?<=")(fault|violation)\/[a-z-]+(?=")/g));
  codes.delete("fault/unknown");
  // What a trial is told to answer with, which no ledger ever holds.
  codes.delete("fault/given");
  expect(codes.size).toBeGreaterThan(8);
  for (const code of codes) {
    const outcome = code.startsWith("fault/") ? "FAULT" : "VIOLATION";
    const faulted = walkBodies(graph, [
      ["weigh LIGHT", { row: -1 }],
      [`identify ${outcome}`, { reason: { code, message: "x" } }],
    ]);
    const { findings, integrity } = examineLines(writtenLines(faulted), graph);
    expect(findings[0]?.hint, code).toMatch(/^[A-Z].*\.$/);
    expect(integrity.ok, code).toBe(true);
  }
});

test("capabilities that were let pass are a finding", () => {
  const letPass = walkBodies(graph, walk, { changed_capabilities: ["identity"] });
  const { integrity, findings } = examineLines(writtenLines(letPass), graph);
  expect(integrity.ok).toBe(true);
  expect(findings.map(({ code }) => code)).toEqual(["capability/changed"]);
});

test("a fault of an implementation names the contract", () => {
  const reason = { code: "fault/threw", message: "the implementation threw: boom" };
  const faulted = walkBodies(graph, [
    ["weigh LIGHT", { row: -1 }],
    ["identify FAULT", { reason }],
  ]);
  const [found] = examineLines(writtenLines(faulted), graph).findings;
  expect(found).toMatchObject({ artifact: "platform::CT_CONTENT_ID_V0", file: null, line: null });
});

test("an open trace is a problem, with what to do about it", () => {
  const { integrity, findings, closed } = examineLines(lines.slice(0, 3), graph);
  expect(integrity.problems.map(({ code }) => code)).toEqual(["trace/open"]);
  expect(findings.map(({ code }) => code)).toEqual(["trace/open"]);
  expect(closed).toBeNull();
});

const earlier = writtenLines(
  walkBodies(graph, [
    ["weigh LIGHT", { row: -1 }],
    ["identify SUCCESS", { output: { id: "AC1" } }],
    [
      "register SUCCESS",
      { key: "AC1", value: { name: "Bob" }, output: { key: "AC1", value: { name: "Bob" } } },
    ],
    ["announce SUCCESS", { value: {}, output: { position: 1 } }],
  ]),
  { trace: "earlier" },
);
const again = writtenLines(
  walkBodies(graph, [
    ["weigh LIGHT", { row: -1 }],
    ["identify SUCCESS", { output: { id: "AC1" } }],
    [
      "register ALREADY_EXISTS",
      { key: "AC1", value: {}, output: { key: "AC1", value: { name: "Bob" } } },
    ],
  ]),
  { n: earlier.length + 1 },
);
const ledger = () => traceLines([...earlier, ...again]).records;

test("with the ledger, what stood before is what its records say", () => {
  const { integrity, effects } = examineLines(again, graph, { ledger });
  expect(integrity).toMatchObject({ ok: true, checked: { ledger: true } });
  expect(effects[0]).toMatchObject({
    before: {
      source: "ledger",
      state: "value",
      value: { name: "Bob" },
      by: { trace: "earlier", n: 4 },
    },
  });
});

test("a trace that did not meet what the ledger put there is refused where it says so", () => {
  const alone = (output: object) =>
    writtenLines(
      walkBodies(graph, [
        ["weigh LIGHT", { row: -1 }],
        ["identify SUCCESS", { output: { id: "AC1" } }],
        ["register ALREADY_EXISTS", { key: "AC1", value: {}, output: output as Json }],
      ]),
      { n: earlier.length + 1 },
    );
  const met = alone({ key: "AC1", value: { name: "Eve" } });
  const { integrity } = examineLines(met, graph, {
    ledger: () => traceLines([...earlier, ...met]).records,
  });
  expect(integrity.problems).toEqual([
    expect.objectContaining({ code: "state/contradicts-fold", file: FILE, line: 4 }),
  ]);
});

test("a trace that differs from the ledger is refused where it begins to", () => {
  const effect = { ...traceLines(again).records[3], value: { name: "Eve" } } as EffectBody;
  const rewritten = writtenLines(
    walkBodies(graph, [
      ["weigh LIGHT", { row: -1 }],
      ["identify SUCCESS", { output: { id: "AC1" } }],
      ["register ALREADY_EXISTS", { key: "AC1", value: effect.value ?? null }],
    ]),
    { n: earlier.length + 1 },
  );
  const { integrity } = examineLines(rewritten, graph, { ledger });
  expect(integrity.problems).toEqual([
    expect.objectContaining({ code: "trace/differs-from-ledger", file: FILE, line: 4 }),
  ]);
});

test("a trace of another data root is examined by itself", () => {
  const elsewhere = writtenLines(bodies, { trace: "elsewhere" });
  const { integrity, findings } = examineLines(elsewhere, graph, { ledger });
  expect(integrity).toMatchObject({ ok: true, checked: { ledger: false } });
  expect(findings.map(({ code }) => code)).toEqual(["trace/not-in-ledger"]);
});

test("the text for a terminal holds no character that acts on it", () => {
  const nasty = "\u001b[31m\u202e\u2028\u0007\r\n<x>";
  const text = examinationText(
    examineLines(
      writtenLines(
        walkBodies(
          graph,
          [
            ["weigh LIGHT", { row: -1 }],
            ["identify SUCCESS", { output: { [nasty]: nasty } }],
            ["register ALREADY_EXISTS", { key: nasty, value: nasty }],
          ],
          { engine: nasty, payload: nasty },
        ),
      ),
      graph,
    ),
  );
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text).toContain("because      register gave ALREADY_EXISTS, not SUCCESS");
});
