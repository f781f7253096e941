/** What a record may say at all: members, times, reasons and policies that a writer can have meant. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { REASON_CODES } from "../../../runtime/evidence/reason-codes.ts";
import { isTime } from "../../../runtime/evidence/record-shape.ts";
import { Chains } from "../../../runtime/ledger/chains.ts";
import { ALLOWED, DENIED, OPERATOR } from "../governed.ts";
import { drawnGraph } from "../traces/drawn-graph.ts";
import { recordsOf, TRACE, walkBodies, writtenLines } from "../traces/written-trace.ts";
import { examineLines, readBytes } from "./evidence-lines.ts";

const graph = await drawnGraph({
  fetch: ["safe CS_RATES_V0.FETCH", { SUCCESS: "keep", TIMEOUT: "late" }],
  keep: ["effect CS_KEEP_V0.REGISTER", { SUCCESS: "done" }],
  done: ["exit SUCCESS"],
  late: ["exit LATE"],
});
const bodies = walkBodies(graph, [
  ["fetch SUCCESS", { output: 1 }],
  ["keep SUCCESS", { key: "k", value: 1, output: {} }],
]);
const cut: RecordBody = {
  ...{ type: "cut", segment: "00000001.jsonl", offset: 0, bytes: 1 },
  ...{ sha256: sha256("x"), aside: "cut/00000001-0.bin" },
};

function codesOf(lines: readonly string[]): readonly string[] {
  return readBytes(Buffer.from(lines.join(""))).problems.map(({ code }) => code);
}

test("a member that no record of its type has is refused, whatever type it is", () => {
  expect(codesOf(writtenLines(bodies))).toEqual([]);
  expect(codesOf(writtenLines([cut], { trace: "cut-1" }))).toEqual([]);
  const bodyOf = fc.constantFrom(...bodies.keys());
  const named = fc.oneof(fc.constantFrom("approved_by", "row", "__proto__", "clock"), fc.string());
  fc.assert(
    fc.property(bodyOf, named, (at, name) => {
      fc.pre(name !== "row" && name !== "" && !/^[0-9]/.test(name));
      const body = bodies[at] ?? cut;
      fc.pre(!["n", "trace", "seq", "at", "type", "prev", "hash"].includes(name));
      fc.pre(!Object.hasOwn(body, name) && !KNOWN.has(name));
      const forged = Object.defineProperty({ ...body }, name, { value: 1, enumerable: true });
      expect(codesOf(writtenLines(bodies.with(at, forged as RecordBody)))).toContain(
        "line/members",
      );
    }),
  );
  expect(
    codesOf(writtenLines([{ ...cut, approved_by: "me" } as RecordBody], { trace: "cut-1" })),
  ).toEqual(["line/members"]);
});

/** Members that may be there or not. */
const KNOWN = new Set([
  "clock_behind_ms",
  "changed_capabilities",
  "cause",
  "output",
  "value",
  "reason",
]);

test.each([
  ["an invented decision", { policy: { ...ALLOWED, decision: "allowed" } }],
  ["a decision that nobody made", { policy: { ...ALLOWED, rulings: [] } }],
  ["a decision to deny", { policy: DENIED }],
  ["an intent of no type", { intent: null }],
  ["a start at no time", { started_at: "2026-99-99T99:99:99.999Z" }],
  ["a change of nothing", { changed_capabilities: [] }],
])("%s is no fact", (_, change) => {
  const forged = bodies.with(0, { ...bodies[0], ...change } as RecordBody);
  expect(codesOf(writtenLines(forged))).toContain("line/members");
});

test.each([
  "2026-99-99T99:99:99.999Z",
  "2026-02-30T00:00:00.000Z",
  "2026-01-01T24:00:00.000Z",
  "2026-01-01T00:00:60.000Z",
  "2026-01-01T00:00:00Z",
])("%s is no time", (at) => {
  const [body] = bodies;
  const place = { n: 1, trace: TRACE, seq: 1, at, prev: "0".repeat(64) as never };
  expect(isTime(at)).toBe(false);
  expect(codesOf([writeLine(place, body as RecordBody).line])).toContain("line/members");
});

test("every time that a clock shows is one", () => {
  const ms = fc.integer({ min: 0, max: Date.parse("9999-12-31T23:59:59.999Z") });
  fc.assert(fc.property(ms, (at) => isTime(new Date(at).toISOString())));
});

test("no record of a ledger is earlier than the one before it", () => {
  const records = recordsOf(bodies);
  const [first, second] = records;
  if (first === undefined || second === undefined) throw new Error("there are some");
  const chains = new Chains({ n: 0, verified: 0 });
  expect(chains.take({ ...first, at: "2027-01-01T00:00:00.000Z" })).toBeUndefined();
  expect(chains.take(second)?.code).toBe("ledger/time");
  expect(chains.take({ ...second, at: "2027-01-01T00:00:00.000Z" })).toBeUndefined();
});

test("each outcome of the engine has the reasons that the engine gives for it, and no output", () => {
  const ways = [...REASON_CODES].flatMap(([outcome, codes]) =>
    [...REASON_CODES.values()].flatMap((all) =>
      [...all].map((code) => ({ outcome, code, holds: codes.has(code) })),
    ),
  );
  const okOf = (change: object) => {
    const forged = bodies.with(2, { ...bodies[2], output: undefined, ...change } as never);
    return !codesOf(writtenLines(forged)).includes("line/members");
  };
  for (const { outcome, code, holds } of ways) {
    const reason = { code, message: "x" };
    expect(okOf({ outcome, reason }), `${outcome} ${code}`).toBe(holds);
    expect(okOf({ outcome, reason, output: 1 })).toBe(false);
    expect(okOf({ outcome: "SUCCESS", reason, output: 1 })).toBe(false);
    expect(okOf({ outcome, reason: { ...reason, by: "me" } })).toBe(false);
  }
  expect(okOf({ outcome: "TIMEOUT", reason: { code: "unknown/sabotage", message: "x" } })).toBe(
    false,
  );
  expect(okOf({ outcome: "TIMEOUT" })).toBe(false);
});

test("a call whose workflow ended on its fault route has the outcome of it, and a result", async () => {
  const calling = await drawnGraph({
    "check/enter": ["enter", { ENTERED: "check/on_fault" }],
    "check/on_fault": ["leave FAULT", { FAULT: "failed" }],
    failed: ["exit FAILED"],
  });
  const left = walkBodies(calling, [
    ["check/enter ENTERED", { output: {} }],
    ["check/on_fault FAULT", { output: { code: "x" } }],
  ]);
  expect(examineLines(writtenLines(left), calling).integrity.problems).toEqual([]);
});

test("what holds is examined as before", () => {
  expect(examineLines(writtenLines(bodies), graph).integrity.problems).toEqual([]);
});

const who = { tenant: "local", session: null, principal: "ada", caller: OPERATOR, policy: ALLOWED };
const at = "2026-11-21T10:00:00.000Z";
const asked = { node: "fetch", effect: "example::CS_RATES_V0", operation: "FETCH" } as const;
const LATER: readonly RecordBody[] = [
  { type: "timer", node: "wait", since: at, until: at, signals: ["APPROVE"] },
  { type: "signal", node: "wait", signal: "APPROVE", payload: 1, snapshot: sha256("s"), ...who },
  { type: "retry", ...asked, attempt: 1, outcome: "BUSY", output: 1, since: at, until: at },
  { type: "migrated", from: sha256("s"), to_snapshot: sha256("t"), ...who },
];

test.each(LATER.map((body) => [body.type, body] as const))(
  "a record of type %s has its members, and no other",
  (_, body) => {
    const isWhole = (one: object) => {
      const lines = writtenLines([bodies[0] as RecordBody, one as RecordBody]);
      return !codesOf(lines).includes("line/members");
    };
    expect(isWhole(body)).toBe(true);
    expect(isWhole({ ...body, approved_by: "me" })).toBe(false);
    for (const name of Object.keys(body)) {
      if (name === "type" || name === "output") continue;
      expect(isWhole({ ...body, [name]: undefined }), name).toBe(false);
      expect(isWhole({ ...body, [name]: name === "payload" ? undefined : [7] }), name).toBe(false);
    }
  },
);

test("what is waited for twice, decided to be denied, or answered by the engine unreasoned is none", () => {
  const [timer, signal, retry] = LATER;
  const codes = (one: object) =>
    codesOf(writtenLines([bodies[0] as RecordBody, one as RecordBody]));
  expect(codes({ ...timer, signals: ["APPROVE", "APPROVE"] })).toContain("line/members");
  expect(codes({ ...signal, policy: DENIED })).toContain("line/members");
  expect(codes({ ...retry, outcome: "TIMEOUT", output: undefined })).toContain("line/members");
  const reason = { code: "unknown/elapsed", message: "x" };
  expect(codes({ ...retry, outcome: "TIMEOUT", output: undefined, reason })).not.toContain(
    "line/members",
  );
});
