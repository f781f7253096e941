/** The subset of YAML: what a text means, where everything in it stands, and what is refused. */
import { expect, test } from "vitest";
import type { ParsedDocument } from "../../../compiler/model.ts";
import { parse } from "../../../compiler/passes/parse.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";

function parseText(text: string): ReturnType<typeof parse> {
  return parse([{ file: "a.yaml", domain: "example", text }]);
}

function faults(text: string): readonly string[] {
  return parseText(text).diagnostics.map(({ span, code }) => `${span.line}:${span.column} ${code}`);
}

function read(text: string): unknown {
  const { value, diagnostics } = parseText(text);
  expect(diagnostics.map((d) => `${d.span.line}:${d.span.column} ${d.code} ${d.message}`)).toEqual(
    [],
  );
  return value[0]?.value;
}

function only(text: string): ParsedDocument {
  const document = parseText(text).value[0];
  if (document === undefined) throw new Error("no document");
  return document;
}

test("values are what JSON has", () => {
  const text = `
a: [1, -2.5, 1e3, true, false, null, "", '', "a\\nb", 'it''s']
b: { c: {}, d: [] }
e: >-
  two
  lines
f: |
  kept
  as is
g: yes
h: 2026-01-02
i: 12:30
j: 1.2.3
`;
  expect(read(text)).toEqual({
    a: [1, -2.5, 1000, true, false, null, "", "", "a\nb", "it's"],
    b: { c: {}, d: [] },
    e: "two lines",
    f: "kept\nas is\n",
    g: "yes",
    h: "2026-01-02",
    i: "12:30",
    j: "1.2.3",
  });
});

test("values are frozen and have own members only", () => {
  const value = read("constructor: { toString: [1] }") as Record<string, object>;
  expect(Object.keys(value)).toEqual(["constructor"]);
  expect(Object.isFrozen(value)).toBe(true);
  expect(Object.isFrozen(value.constructor)).toBe(true);
  expect(Object.isFrozen((value.constructor as unknown as Record<string, object>).toString)).toBe(
    true,
  );
});

test("minus zero is zero", () => {
  expect(Object.is((read("a: -0") as { a: number }).a, 0)).toBe(true);
  expect(Object.is((read("a: -0.0") as { a: number }).a, 0)).toBe(true);
});

test("a number that cannot be held exactly is refused", () => {
  expect(read("a: [9007199254740991, -9007199254740991]")).toBeDefined();
  for (const number of [
    "9007199254740992",
    "-9007199254740992",
    "1e400",
    "1e300",
    "123456789012345678901",
  ]) {
    expect(faults(`a: ${number}`)).toEqual(["1:4 parse/number-range"]);
  }
});

test("what some readers take for a number or a word is refused", () => {
  const words = "~ Null NULL True FALSE 0x1f 0o17 0b11 +1 01 1_000 .5 1. .inf -.Inf .nan 1e 0123.5";
  for (const word of words.split(" ").filter((w) => w !== "1e")) {
    expect(faults(`a: ${word}`), word).toEqual(["1:4 parse/ambiguous-value"]);
    expect(read(`a: "${word}"`)).toEqual({ a: word });
  }
});

test("several documents stand in one file, each with its own faults", () => {
  const { value, diagnostics } = parseText("a: 1\n---\na: *x\n---\nb: [1\n---\na: 2\n");
  expect(value.map((document) => document.value)).toEqual([{ a: 1 }, { a: 2 }]);
  expect(diagnostics.map(({ span, code }) => `${span.line} ${code}`)).toEqual([
    "3 parse/alias",
    "5 parse/unclosed-bracket",
  ]);
});

test("all faults of a document are found that do not hide each other", () => {
  expect(faults("a: &x 1\nb: !t 2\nc: *x\na: 3\nd: 0x1\n1: e\nf:\n<<: {}\n__proto__: 1\n")).toEqual(
    [
      "1:4 parse/anchor",
      "2:4 parse/tag",
      "3:4 parse/alias",
      "4:1 parse/duplicate-key",
      "5:4 parse/ambiguous-value",
      "6:1 parse/non-string-key",
      "7:1 parse/empty-value",
      "8:1 parse/merge-key",
      "9:1 parse/forbidden-key",
    ],
  );
});

test.each([
  ["a key on the line of a value", "code: example\n  summary: a\n", "1:7 parse/nested-mapping"],
  ["a tab in a flow collection", "a: {\n\tb: 1 }\n", "2:1 parse/tab-indent"],
  ["a tab before a key", "a: 1\n\tb: 2\n", "2:1 parse/tab-indent"],
  ["the wrong bracket", "a: [1, 2}\nb: 1\n", "1:9 parse/unclosed-bracket"],
  ["a quote closed by an escape", 'a: "abc\\"', "1:4 parse/unclosed-quote"],
  ["a single quote that is doubled", "a: 'abc''", "1:4 parse/unclosed-quote"],
  ["a list where a key is expected", "a:\n  - 1\n  b: 2\n", "3:3 parse/bad-indent"],
  ["a mapping after a list", "- 1\nb: 2\n", "2:1 parse/bad-syntax"],
  ["a duplicate after unescaping", 'a: 1\n"\\x61": 2\n', "2:1 parse/duplicate-key"],
  ["a key in brackets", "[a]: 2\n", "1:1 parse/non-string-key"],
  ["an empty key", ": 4\n", "1:1 parse/non-string-key"],
  ["a list item that is missing", "a:\n  -\n  - 1\n", "2:4 parse/empty-value"],
  ["a value that is missing in braces", "a: { b, c: 1 }\n", "1:6 parse/empty-value"],
  ["a lone surrogate in a key", '"\\ud800": 1\n', "1:1 parse/lone-surrogate"],
])("%s is one fault", (_, text, fault) => {
  expect(faults(text)).toEqual([fault]);
});

test("a duplicate key names the first", () => {
  const [found] = parseText("a: 1\nb: 2\na: 3\n").diagnostics;
  expect(found?.related.map(({ span }) => `${span.line}:${span.column}`)).toEqual(["1:1"]);
});

test("nesting of 10,000 is refused twice in one process, in every form", () => {
  const deep = [
    `a: ${"[".repeat(10_000)}`,
    `a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`,
    `a: ${"{ a: ".repeat(10_000)}`,
    `${"- ".repeat(10_000)}a`,
    Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    `a: ${"[{".repeat(5_000)}`,
    `${"? ".repeat(10_000)}a`,
  ];
  for (const text of [...deep, ...deep]) {
    expect(faults(text).filter((fault) => fault.endsWith("parse/too-deep"))).toHaveLength(1);
  }
});

test("nesting up to the limit is taken, one more is not", () => {
  const nested = (levels: number) => `a: ${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}`;
  expect(faults(nested(LIMITS.sourceDepthMax))).toEqual([]);
  expect(faults(nested(LIMITS.sourceDepthMax + 1))).toEqual([
    `1:${LIMITS.sourceDepthMax + 3} parse/too-deep`,
  ]);
});

test("the place of every value and key is found", () => {
  const document = only("a:\n  - b: 1\n    c: [x, yy]\n  - 'q'\n");
  const at = (path: (string | number)[], part?: "key" | "value") => {
    const { line, column, endLine, endColumn } = document.spanOf(path, part);
    return [line, column, endLine, endColumn];
  };
  expect(at(["a"], "key")).toEqual([1, 1, 1, 2]);
  expect(at(["a", 0, "b"])).toEqual([2, 8, 2, 9]);
  expect(at(["a", 0, "c", 1])).toEqual([3, 12, 3, 14]);
  expect(at(["a", 0, "c"], "key")).toEqual([3, 5, 3, 6]);
  expect(at(["a", 1])).toEqual([4, 5, 4, 8]);
  expect(at(["a", 0, "c", 7], "key")).toEqual([3, 5, 3, 6]);
  expect(at(["a", 0, "nothing", "at", "all"])).toEqual(at(["a", 0]));
});

test("places count lines as every editor does, whatever ends them", () => {
  const document = only("# é🦉\r\na: 1\r\nb: '🦉'\r\nc: 2\r\n");
  expect(document.spanOf(["c"])).toEqual({
    file: "a.yaml",
    line: 4,
    column: 4,
    endLine: 4,
    endColumn: 5,
  });
});

test("places in a mapping of many keys are found as in one of few", () => {
  const text = Array.from({ length: 100 }, (_, i) => `k${i}: ${i}`).join("\n");
  expect(only(text).spanOf(["k99"]).line).toBe(100);
  expect(faults(`${text}\nk5: 1\n`)).toEqual(["101:1 parse/duplicate-key"]);
});

test("a document of more values than the limit is refused at once: parse/too-many-values", () => {
  const list = (length: number) => `a: [${"1,".repeat(length)}]`;
  expect(faults(list(LIMITS.documentValuesMax - 3))).toEqual([]);
  expect(faults(list(LIMITS.documentValuesMax - 2))).toEqual(["1:1 parse/too-many-values"]);
});
