/** Calls to the outside: what their records may say, and what an examination makes of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { Chains } from "../../../runtime/ledger/chains.ts";
import { drawnGraph, type Sketch } from "../traces/drawn-graph.ts";
import {
  keyOf,
  recordsOf,
  traceLines,
  type Walk,
  walkBodies,
  writtenLines,
} from "../traces/written-trace.ts";
import { examineBytes, examineLines } from "./evidence-lines.ts";

const sketch: Sketch = {
  fetch: ["safe CS_RATES_V0.FETCH", { SUCCESS: "pay", TIMEOUT: "late" }],
  pay: ["unsafe CS_BANK_V0.PAY", { PAID: "done", IN_DOUBT: "doubtful" }],
  done: ["exit SUCCESS"],
  late: ["exit LATE"],
  doubtful: ["exit DOUBTFUL"],
};
const graph = await drawnGraph(sketch);
const fetched = ["fetch SUCCESS", { output: { rate: 2 }, attempts: 2 }] as const;
const paid = walkBodies(graph, [fetched, ["pay PAID", { output: {}, input: { amount: 7 } }]]);
const reason = { code: "unknown/elapsed", message: "no answer came within 1000 ms" };
const doubtful: Walk = [fetched, ["pay IN_DOUBT", { reason, input: { amount: 7 } }]];

function problemsOf(bodies: readonly RecordBody[]): readonly string[] {
  const { integrity } = examineLines(writtenLines(bodies), graph);
  return integrity.problems.map(({ code, line }) => `${code} ${line}`);
}

function changed(index: number, change: object): readonly RecordBody[] {
  return paid.map((body, at) => (at === index ? ({ ...body, ...change } as RecordBody) : body));
}

function without(...indices: readonly number[]): readonly RecordBody[] {
  const left = paid.filter((_, at) => !indices.includes(at));
  const closed = { ...left.at(-1), records: left.length } as RecordBody;
  return left.with(-1, closed);
}

test("calls that were attempted, interrupted, attempted again and answered hold", () => {
  expect(paid.map(({ type }) => type)).toEqual([
    ...["opened", "attempted", "attempted", "external", "attempted", "external", "closed"],
  ]);
  expect(problemsOf(paid)).toEqual([]);
});

/** Positions: 1 and 2 attempts at `fetch`, 3 its answer, 4 the attempt at `pay`, 5 its answer. */
const FORGERIES: readonly [law: string, bodies: readonly RecordBody[], found: string][] = [
  ["an answer without any attempt", without(4), "chain/call 5"],
  ["an answer to an earlier attempt", changed(3, { attempt: 1 }), "chain/call 4"],
  ["an answer to an attempt that was not made", changed(3, { attempt: 3 }), "chain/call 4"],
  ["an answer to another node's call", changed(3, { node: "pay" }), "chain/call 4"],
  ["an answer to another operation", changed(3, { operation: "PAY" }), "chain/call 4"],
  ["an answer of another effect", changed(3, { effect: "a::CS_B_V0" }), "chain/call 4"],
  ["attempts that begin at two", without(1), "chain/call 2"],
  ["an attempt that is counted twice", changed(2, { attempt: 1 }), "chain/call 3"],
  ["an attempt that is left out", changed(2, { attempt: 3 }), "chain/call 3"],
  ["another key", changed(2, { idempotency_key: sha256("x") }), "chain/call 3"],
  ["another input", changed(2, { input: { rate: 3 } }), "chain/call 3"],
  ["another operation", changed(2, { operation: "PAY" }), "chain/call 3"],
  ["an attempt at a call while another waits", without(3), "chain/call 4"],
  ["an end while a call waits", without(5), "chain/call 6"],
  [
    "a key that is not the call's own",
    changed(4, { idempotency_key: sha256("x") }),
    "call/other-key 5",
  ],
  ["an attempt without a key", changed(1, { idempotency_key: undefined }), "line/members 2"],
  ["an attempt without an input", changed(1, { input: undefined }), "line/members 2"],
  ["an attempt that is not counted", changed(1, { attempt: 0 }), "line/members 2"],
];

test.each(FORGERIES)("%s is refused where it stands", (_, bodies, found) => {
  expect(problemsOf(bodies)).toContain(found);
});

test.each(FORGERIES.filter(([, , found]) => found.startsWith("chain/")))(
  "%s is refused by whoever reads a ledger",
  (_, bodies, found) => {
    const chains = new Chains({ n: 0, verified: 0 });
    const broken = recordsOf(bodies).map((record) => chains.take(record)?.code);
    expect(broken.findIndex((code) => code !== undefined)).toBe(Number(found.split(" ")[1]) - 1);
    expect(broken).toContain("chain/call");
  },
);

test.each([
  ["is missing", { flushed: undefined }],
  ["is no position", { flushed: -1 }],
  ["is beyond the record itself", { flushed: 1 }],
])("an opening record whose flushed position %s is refused", (_, change) => {
  expect(problemsOf(changed(0, change))).toContain("line/members 1");
});

test.each([0, -1, 1.5, "1"])("a clock that was %s ms behind is refused", (clock_behind_ms) => {
  expect(problemsOf(changed(0, { clock_behind_ms }))).toContain("line/members 1");
});

test("an unsafe call that was attempted twice is refused, though its chain holds", () => {
  const twice = walkBodies(graph, [fetched, ["pay PAID", { output: {}, attempts: 2 }]]);
  expect(problemsOf(twice)).toEqual(["path/not-in-graph 6"]);
});

test("TIMEOUT of an unsafe call and IN_DOUBT of a safe one are refused", () => {
  const unknown = (outcome: string) => ({ outcome, output: undefined, reason });
  expect(problemsOf(changed(5, unknown("TIMEOUT")))).toContain("path/not-in-graph 6");
  expect(problemsOf(changed(3, unknown("IN_DOUBT")))).toContain("path/not-in-graph 4");
});

test("a call that is recorded as a plain step, or a step as a call, is refused", () => {
  const ofCalls = { effect: undefined, operation: undefined, attempt: undefined };
  const plain = without(1, 2).map((body, at) =>
    at === 1 ? ({ ...body, type: "node", ...ofCalls } as RecordBody) : body,
  );
  expect(problemsOf(plain)).toContain("path/not-in-graph 2");
  const violated = walkBodies(graph, [
    ["fetch VIOLATION", { reason: { code: "violation/too-large", message: "x" } }],
  ]);
  expect(problemsOf(violated)).toEqual([]);
});

test("a call of another contract than the graph's is refused", () => {
  const other = paid.map((body) =>
    "node" in body && body.node === "pay" ? ({ ...body, operation: "TAKE" } as RecordBody) : body,
  );
  expect(problemsOf(other)).toContain("path/not-in-graph 5");
});

test("behind a line that does not hold no call is told to be missing", () => {
  const bytes = Buffer.from(writtenLines(paid).join(""));
  bytes[bytes.indexOf('"amount":7') + 9] = 0x38;
  const { integrity } = examineBytes(bytes, graph);
  expect(integrity.problems.map(({ code }) => code)).toEqual(["line/hash-differs"]);
});

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<Json>("fetch", "pay", "PAY", "FETCH", "TIMEOUT", "IN_DOUBT", 1, 2, 3),
);

test("no change of what the records say of a call goes unseen", () => {
  const calls = paid.flatMap((body, at) =>
    body.type === "attempted" || body.type === "external" ? [at] : [],
  );
  const members = (at: number) => Object.keys(paid[at] ?? {}).filter((name) => name !== "type");
  const change = fc
    .constantFrom(...calls)
    .chain((at) => fc.tuple(fc.constant(at), fc.constantFrom(...members(at)), value));
  fc.assert(
    fc.property(change, ([at, name, inserted]) => {
      const before = (paid[at] as unknown as Record<string, Json>)[name];
      fc.pre(JSON.stringify(before) !== JSON.stringify(inserted));
      // A call that was begun once has no other record that tells its input.
      fc.pre(!(at === 4 && name === "input"));
      expect(problemsOf(changed(at, { [name]: inserted })), `${name} of ${at + 1}`).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("effects name the calls, with their attempts and their keys", () => {
  const { effects, findings } = examineLines(writtenLines(paid), graph);
  expect(findings).toEqual([]);
  const common = { kind: "external" };
  expect(effects).toEqual([
    {
      ...{
        ...common,
        n: 4,
        seq: 4,
        node: "fetch",
        idempotency_key: keyOf("fetch"),
        effect: "example::CS_RATES_V0",
      },
      ...{ operation: "FETCH", attempts: 2, input: {}, outcome: "SUCCESS", output: { rate: 2 } },
    },
    {
      ...{
        ...common,
        n: 6,
        seq: 6,
        node: "pay",
        idempotency_key: keyOf("pay"),
        effect: "example::CS_BANK_V0",
      },
      ...{ operation: "PAY", attempts: 1, input: { amount: 7 }, outcome: "PAID", output: {} },
    },
  ]);
  const text = examinationText(examineLines(writtenLines(paid), graph));
  expect(text).toContain(
    `FETCH example::CS_RATES_V0 {}: SUCCESS; 2 attempts under ${keyOf("fetch")}`,
  );
});

test("a call whose end nobody knows is a finding that says what to do", () => {
  const { findings, closed } = examineLines(writtenLines(walkBodies(graph, doubtful)), graph);
  expect(closed).toMatchObject({ outcome: "DOUBTFUL", because: { node: "pay" } });
  expect(findings).toEqual([
    expect.objectContaining({
      code: "unknown/elapsed",
      artifact: graph.workflow,
      node: "pay",
      hint: expect.stringContaining("must not be made again") as string,
    }),
  ]);
  const late = walkBodies(graph, [["fetch TIMEOUT", { reason }]]);
  expect(examineLines(writtenLines(late), graph).findings).toEqual([
    expect.objectContaining({
      artifact: "example::CS_RATES_V0",
      hint: expect.stringContaining("under the same idempotency key is safe") as string,
    }),
  ]);
});

test("every reason for not knowing has a hint", () => {
  const runtime = join(import.meta.dirname, "../../../runtime");
  const sources = readdirSync(runtime, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("evidence"))
    .map((file) => readFileSync(join(runtime, file), "utf8"));
  const codes = new Set(sources.join("").match(/(?<=")unknown\/[a-z-]+(?=")/g));
  // Of a call that nobody waits for: its execution was cancelled, and no answer is recorded.
  codes.delete("unknown/given-up");
  // What a trial is told to answer with, which no ledger ever holds.
  codes.delete("unknown/given");
  expect(codes.size).toBeGreaterThan(2);
  for (const code of codes) {
    const late = walkBodies(graph, [["fetch TIMEOUT", { reason: { code, message: "x" } }]]);
    const [found] = examineLines(writtenLines(late), graph).findings;
    expect(found?.hint, code).toMatch(/^[A-Z].*\.$/);
  }
});

test.each([
  ["safe", 3, "calls again, under the same idempotency key"],
  ["unsafe", 5, "makes no call and ends the node in IN_DOUBT"],
])("an open trace whose %s call has no answer says what comes of it", (_, end, hint) => {
  const open = writtenLines(paid).slice(0, end);
  const { findings, effects, integrity } = examineLines(open, graph);
  expect(integrity.problems.map(({ code }) => code)).toEqual(["trace/open"]);
  expect(findings.map(({ code }) => code)).toEqual(["call/unanswered", "trace/open"]);
  expect(findings[0]?.hint).toContain(hint);
  expect(effects.at(-1)).toMatchObject({ kind: "external", outcome: null, output: null });
});

test("whatever stands in a line about a call, an examination tells and does not stumble", () => {
  const parts = fc.record({
    type: fc.constantFrom("attempted", "external"),
    node: value,
    attempt: value,
    input: value,
    outcome: value,
  });
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 4 }), (forged) => {
      const middle = forged.map((one) => ({ ...paid[1], to: "done", ...one })) as RecordBody[];
      const lines = writtenLines([...paid.slice(0, 2), ...middle, ...paid.slice(3)]);
      const examined = examineLines(lines, graph);
      expect(examinationText(examined)).toContain("trace");
      expect(traceLines(lines).records satisfies readonly LedgerRecord[]).toHaveLength(
        lines.length,
      );
    }),
    { numRuns: 200 },
  );
});
