/** Whatever is changed in a trace file is refused, and the place is named (L5). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_DIGEST, sha256 } from "../../../protocol/language/digest.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { drawnGraph, type Sketch } from "../traces/drawn-graph.ts";
import { TRACE, type Walk, walkBodies, writtenLines } from "../traces/written-trace.ts";
import { FILE, readBytes } from "./evidence-lines.ts";

const sketch: Sketch = {
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "register" }],
  register: ["effect CS_ACTORS_V0.REGISTER", { SUCCESS: "registered", ALREADY_EXISTS: "known" }],
  registered: ["exit SUCCESS"],
  known: ["exit ALREADY_EXISTS"],
};
const graph = await drawnGraph(sketch);
const walk: Walk = [
  ["identify SUCCESS", { output: { id: 'é\u2028 😀 ,"hash":"0"}' } }],
  ["register SUCCESS", { key: "AC1", value: { name: "\ufffd" } }],
];
const bodies = walkBodies(graph, walk);
const lines = writtenLines(bodies);
const bytes = Buffer.from(lines.join(""));

/** The line, from 1, that a byte of the file stands in. */
function lineAt(offset: number): number {
  return bytes.subarray(0, offset).toString("latin1").split("\n").length;
}

function codesOf(changed: readonly string[] | Uint8Array): readonly string[] {
  const file = changed instanceof Uint8Array ? changed : Buffer.from(changed.join(""));
  return readBytes(file).problems.map(({ code }) => code);
}

test("a trace as it was written holds", () => {
  const reading = readBytes(bytes);
  expect(reading.problems).toEqual([]);
  expect(reading.trace).toBe(TRACE);
  expect(reading.records.map(({ type }) => type)).toEqual(["opened", "node", "effect", "closed"]);
});

test("every single-byte change is refused in its line (L5)", () => {
  const change = fc.record({
    at: fc.integer({ min: 0, max: bytes.length - 1 }),
    by: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(change, ({ at, by }) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ by;
      const [first] = readBytes(changed).problems;
      expect(first).toMatchObject({ file: FILE, line: lineAt(at) });
      const start = bytes.subarray(0, at).lastIndexOf("\n") + 1;
      expect(first?.position).toBe(start);
    }),
    { numRuns: 3_000 },
  );
});

test("every bit of every byte counts", () => {
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    expect(codesOf(changed), `byte ${at}`).not.toEqual([]);
  }
});

test("every byte that is missing or added is refused", () => {
  for (let at = 0; at < bytes.length; at += 1) {
    const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    const added = Buffer.concat([bytes.subarray(0, at), Buffer.from("1"), bytes.subarray(at)]);
    expect(codesOf(without), `without ${at}`).not.toEqual([]);
    expect(codesOf(added), `more at ${at}`).not.toEqual([]);
  }
});

test("every truncation is refused", () => {
  for (let end = 0; end < bytes.length; end += 1) {
    expect(codesOf(bytes.subarray(0, end)), `cut at ${end}`).not.toEqual([]);
  }
});

const [opened = "", node = "", effect = "", closed = ""] = lines;

test.each([
  ["a deleted line", [opened, effect, closed], "chain/gap", 2],
  ["a first line that is missing", [node, effect, closed], "chain/gap", 1],
  ["a doubled line", [opened, node, node, effect, closed], "chain/gap", 3],
  ["swapped lines", [opened, effect, node, closed], "chain/gap", 2],
  ["an empty line", [opened, "\n", node, effect, closed], "line/hash-form", 2],
  [
    "another trace behind the end",
    [...lines, ...writtenLines(bodies, { trace: "t2" })],
    "chain/other-trace",
    5,
  ],
  ["a doubled trace", [...lines, ...lines], "chain/after-end", 5],
] as const)("%s is refused where it stands", (_, changed, code, line) => {
  expect(readBytes(Buffer.from(changed.join(""))).problems[0]).toMatchObject({ code, line });
});

test("a line of another trace at the same place is refused", () => {
  const other = writtenLines(walkBodies(graph, walk, { principal: "mallory" }), { trace: "other" });
  expect(codesOf([opened, other[1] ?? "", effect, closed])).toContain("chain/other-trace");
});

test("a line of another run of the same trace is refused by its chain", () => {
  const other = writtenLines(walkBodies(graph, walk, { principal: "mallory" }));
  expect(codesOf([opened, other[1] ?? "", effect, closed])).toEqual([
    "chain/previous",
    "chain/previous",
  ]);
});

test("a trace without its end is told as open or cut off", () => {
  expect(codesOf([opened, node, effect])).toEqual(["trace/open"]);
  expect(codesOf([opened])).toEqual(["trace/open"]);
  expect(codesOf([])).toEqual(["trace/empty"]);
});

test("a file that was converted says how", () => {
  const carriage = lines.map((line) => line.replace("\n", "\r\n"));
  expect(new Set(codesOf(carriage))).toEqual(new Set(["line/carriage-return"]));
  expect(codesOf(["\ufeff", ...lines])).toEqual(["line/byte-order-mark"]);
  const utf16 = Buffer.from(lines.join(""), "utf16le");
  expect(codesOf(utf16)).not.toEqual([]);
});

/** Lines whose hashes and chain hold: what a forger can make. */
function forged(changes: readonly object[]): readonly string[] {
  let prev = NO_DIGEST;
  return changes.map((body, index) => {
    const place = { n: index + 1, trace: TRACE, seq: index + 1, at: "2026-11-21T10:00:00.000Z" };
    const made = writeLine({ ...place, prev, ...body }, body as RecordBody);
    prev = made.hash;
    return made.line;
  });
}

test.each([
  ["an unknown type", [{ type: "gossip" }], "line/members"],
  ["an inherited type", [{ type: "constructor" }], "line/members"],
  ["a member of another form", [{ ...bodies[0], workflow: 7 }], "line/members"],
  ["a trace that is no file name", [{ ...bodies[0], trace: "../etc" }], "line/members"],
  ["a time that is none", [{ ...bodies[0], at: "<b>now</b>" }], "line/members"],
  ["a beginning that is none", [bodies[1] ?? {}], "chain/not-opened"],
  ["two beginnings", [bodies[0] ?? {}, bodies[0] ?? {}], "chain/opened-twice"],
  ["a wrong count", [bodies[0] ?? {}, { ...bodies[3], records: 9 }], "chain/count"],
  ["positions that go back", [bodies[0] ?? {}, { ...bodies[1], n: 1 }], "chain/order"],
  ["an invented previous hash", [{ ...bodies[0], prev: "1".repeat(64) }], "chain/previous"],
])("a forged line with %s is refused", (_, changes, code) => {
  expect(codesOf(forged(changes))).toContain(code);
});

test.each([
  ["a lone surrogate", '"\\ud800"'],
  ["a number beyond all numbers", "1e999"],
  ["a depth that no record has", "[".repeat(1_000) + "]".repeat(1_000)],
])("a forged value with %s is refused", (_, json) => {
  const [line = ""] = writtenLines([{ ...bodies[0], payload: "@" } as RecordBody]);
  const head = line.replace(/,"hash":.*/, "}").replace('"@"', json);
  const made = `${head.slice(0, -2)},"hash":"${sha256(head)}"}\n`;
  expect(codesOf([made])).toEqual(["line/unsound"]);
});

test("bytes that are no UTF-8 are refused, whatever they decode to", () => {
  const [line = ""] = writtenLines([{ ...bodies[0], payload: "@" } as RecordBody]);
  const head = Buffer.from(line.replace(/,"hash":.*/, "}"));
  head[head.indexOf("@")] = 0xff;
  const made = [head.subarray(0, -2), Buffer.from(`,"hash":"${sha256(head)}"}\n`)];
  expect(codesOf(Buffer.concat(made))).toEqual(["line/not-utf8"]);
});
