/** Laws of the capabilities that work on records, tables and digests. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { run } from "./built.ts";

const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }).map(withoutMinusZero);
const field = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const record = fc.dictionary(field, json, { noNullPrototype: true });

/** A payload never holds -0: the reader of outside JSON makes 0 of it. */
function withoutMinusZero(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

/** The same value with members in the opposite order, all the way down. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, turned(inner)]));
}

describe("content id and digest", () => {
  it("an id is its prefix and the SHA-256 of canonical JSON", () => {
    const hash = createHash("sha256").update('{"a":[true,null],"b":1}').digest("hex");
    const data = { b: 1, a: [true, null] };
    expect(run("content-id", { prefix: "A_KEY", data }).output).toEqual({ id: `A_KEY_${hash}` });
    expect(run("canonical-digest", { value: data }).output).toEqual({ digest: hash });
  });

  it("equal data has one id in whatever order its members stand", () => {
    fc.assert(
      fc.property(json, (data) => {
        expect(run("content-id", { prefix: "X", data: turned(data) })).toEqual(
          run("content-id", { prefix: "X", data }),
        );
      }),
    );
  });
});

describe("compare", () => {
  it("a value equals itself in another order, and nothing that reads otherwise", () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(run("compare", { left, right: turned(left) }).outcome).toBe("EQUAL");
        expect(run("compare", { left, right: [right, left] }).outcome).toBe("DIFFERENT");
      }),
    );
  });

  it.each([
    [1, "1"],
    [0, false],
    [null, ""],
    [[], {}],
    [{ a: null }, {}],
  ] as [Json, Json][])("%j and %j differ", (left, right) => {
    expect(run("compare", { left, right }).outcome).toBe("DIFFERENT");
  });
});

describe("assemble record", () => {
  it("records without a common member become one record with all members", () => {
    fc.assert(
      fc.property(record, record, (first, second) => {
        const rest = Object.entries(second).filter(([key]) => !Object.hasOwn(first, key));
        const other = Object.fromEntries(rest);
        expect(run("assemble-record", { parts: [first, other] })).toEqual({
          outcome: "SUCCESS",
          output: { record: { ...first, ...other } },
        });
      }),
    );
  });

  it("a member in two records is a conflict, even with one value", () => {
    expect(run("assemble-record", { parts: [{ a: 1 }, { b: 2 }, { a: 1 }] })).toEqual({
      outcome: "CONFLICT",
      output: { field: "a" },
    });
  });
});

describe("extract", () => {
  // The document and the pointers of RFC 6901, section 5.
  const from = {
    foo: ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
  };
  it.each([
    ["", from],
    ["/foo", ["bar", "baz"]],
    ["/foo/0", "bar"],
    ["/", 0],
    ["/a~1b", 1],
    ["/c%d", 2],
    ["/e^f", 3],
    ["/g|h", 4],
    ["/i\\j", 5],
    ['/k"l', 6],
    ["/ ", 7],
    ["/m~0n", 8],
  ] as [string, Json][])("the pointer %j gives the value of RFC 6901", (pointer, value) => {
    expect(run("extract", { from, pointer })).toEqual({ outcome: "SUCCESS", output: { value } });
  });

  it.each([
    ["/nowhere/deep", "/nowhere"],
    ["/foo/2", "/foo/2"],
    ["/foo/01", "/foo/01"],
    ["/foo/-", "/foo/-"],
    ["/foo/length", "/foo/length"],
    ["/foo/0/x", "/foo/0/x"],
    ["/constructor", "/constructor"],
    ["/toString/name", "/toString"],
  ])("the pointer %j is not found at %j", (pointer, at) => {
    expect(run("extract", { from, pointer })).toEqual({ outcome: "NOT_FOUND", output: { at } });
  });

  it("a null that stands there is found", () => {
    expect(run("extract", { from: { a: null }, pointer: "/a" }).output).toEqual({ value: null });
  });
});

describe("lookup", () => {
  it("a key has its own value, a key that only a prototype lends has none", () => {
    const map: JsonObject = { a: null };
    expect(run("lookup", { key: "a", map })).toEqual({
      outcome: "SUCCESS",
      output: { result: null },
    });
    for (const key of ["b", "toString", "constructor", "__proto__"]) {
      expect(run("lookup", { key, map })).toEqual({ outcome: "NOT_FOUND", output: {} });
    }
  });
});

describe("set membership", () => {
  it("what is in the set is a member, and nothing is a member of the empty set", () => {
    fc.assert(
      fc.property(json, fc.array(json), (value, others) => {
        const allowed_set = [...others, turned(value)];
        expect(run("set-membership", { value, allowed_set }).outcome).toBe("MEMBER");
        expect(run("set-membership", { value, allowed_set: [] }).outcome).toBe("NOT_MEMBER");
      }),
    );
  });

  it("a text that looks like a member is none", () => {
    const input = { value: "active ", allowed_set: ["active", "ACTIVE"] };
    expect(run("set-membership", input)).toEqual({ outcome: "NOT_MEMBER", output: {} });
  });
});

describe("within limit", () => {
  const amount = fc.integer({ min: 0, max: 9_000_000_000_000 });

  it("amounts stay within a limit when their exact sum does, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 1_000 }), fc.nat(), (amounts, limit) => {
        const sum = amounts.reduce((total, one) => total + BigInt(one), 0n);
        const { outcome, output } = run("within-limit", { amounts, limit });
        expect(outcome).toBe(sum <= BigInt(limit) ? "WITHIN" : "OVER");
        expect(output).toMatchObject({ total: Number(sum) });
        expect(run("within-limit", { amounts: amounts.toReversed(), limit })).toEqual({
          outcome,
          output,
        });
      }),
    );
  });
});

describe("validate rules", () => {
  const parameters = { tier: "standard", quantity: 50, note: null, tags: ["a"] };
  it.each([
    { field: "tier", op: "eq", value: "standard" },
    { field: "tags", op: "eq", value: ["a"] },
    { field: "tier", op: "ne", value: "premium" },
    { field: "quantity", op: "lt", value: 51 },
    { field: "quantity", op: "lte", value: 50 },
    { field: "quantity", op: "gt", value: 49 },
    { field: "quantity", op: "gte", value: 50 },
    { field: "tier", op: "in", allowed: ["none", "standard"] },
    { field: "tier", op: "not_in", allowed: [] },
    { field: "tier", op: "not_null" },
  ])("$field $op holds", (rule) => {
    expect(run("validate-rules", { parameters, rules: [rule] })).toEqual({
      outcome: "VALID",
      output: {},
    });
  });

  it.each([
    { field: "tier", op: "eq", value: "Standard" },
    { field: "tier", op: "ne", value: "standard" },
    { field: "quantity", op: "lt", value: 50 },
    { field: "quantity", op: "lte", value: 49 },
    { field: "quantity", op: "gt", value: 50 },
    { field: "quantity", op: "gte", value: 51 },
    // A text is never less than a number, however JavaScript would convert it.
    { field: "tier", op: "lt", value: 1 },
    { field: "note", op: "lte", value: 1 },
    { field: "tier", op: "in", allowed: [] },
    { field: "tier", op: "not_in", allowed: ["standard"] },
    { field: "note", op: "not_null" },
    // A field that is not there fails every rule, those that say "not" included.
    { field: "absent", op: "ne", value: "x" },
    { field: "absent", op: "not_in", allowed: ["x"] },
    { field: "absent", op: "eq", value: null },
    { field: "toString", op: "not_null" },
  ])("$field $op fails and is named", (rule) => {
    const holds = { field: "tier", op: "not_null" };
    expect(run("validate-rules", { parameters, rules: [holds, rule, holds] })).toEqual({
      outcome: "INVALID",
      output: { failed_rule: rule },
    });
  });
});

describe("filter records", () => {
  const source = [
    { unit: "a", seats: 1 },
    { unit: "b" },
    { unit: "a" },
    { unit: "a", seats: null },
  ];

  it("records keep their order and fit every criterion", () => {
    const filter = { equals: { unit: "a" }, present: ["seats"] };
    expect(run("filter-records", { source, filter })).toEqual({
      outcome: "SUCCESS",
      output: { extracted: [source[0], source[3]] },
    });
  });

  it("the text `present` is a value like any other", () => {
    const filter = { equals: { unit: "present" } };
    expect(run("filter-records", { source, filter })).toEqual({ outcome: "EMPTY", output: {} });
  });

  it("no record fitting is empty, and so is no record at all", () => {
    const filter = { present: ["toString"] };
    expect(run("filter-records", { source, filter }).outcome).toBe("EMPTY");
    expect(run("filter-records", { source: [], filter }).outcome).toBe("EMPTY");
  });
});
