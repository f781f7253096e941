import { describe, expect, it } from "vitest";
import type { Schema } from "../../../compiler/model.ts";
import { fit as judge } from "../../../compiler/types/fit.ts";
import { readPattern } from "../../../compiler/types/pattern.ts";
import { exactArray, exactObject, typeOf } from "../../../compiler/types/type.ts";

const TEXT = { type: "string" };
const NUMBER = { type: "number" };
const INTEGER = { type: "integer" };

function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: "object", required, additionalProperties: false, properties };
}

const dog = object({ kind: { const: "dog" }, name: TEXT }, ["kind", "name"]);
const cat = object({ kind: { const: "cat" }, lives: INTEGER }, ["kind", "lives"]);

/** From text, because an object with a member `then` looks like a promise. */
const CONDITIONAL: Schema = JSON.parse(
  '{ "if": { "minimum": 3 }, "then": { "type": "integer" }, "else": false }',
);

type Row = readonly [from: Schema, to: Schema];

const YES: Readonly<Record<string, readonly Row[]>> = {
  "kinds of values": [
    [INTEGER, NUMBER],
    [{ type: ["string", "null"] }, { type: ["null", "string", "array"] }],
    [false, TEXT],
    [TEXT, true],
    [{ type: "boolean" }, { enum: [true, false, null] }],
    [{ type: ["string", "null"], not: { type: "null" } }, TEXT],
  ],
  bounds: [
    [{ ...INTEGER, exclusiveMinimum: 0 }, { minimum: 1 }],
    [
      { ...NUMBER, minimum: 1, maximum: 2 },
      { ...NUMBER, exclusiveMinimum: 0, maximum: 2 },
    ],
    [{ ...INTEGER, multipleOf: 6 }, { multipleOf: 3 }],
    [INTEGER, { multipleOf: 1 }],
    [
      { ...TEXT, minLength: 2 },
      { ...TEXT, minLength: 1 },
    ],
    [
      { ...TEXT, format: "date" },
      { minLength: 10, maxLength: 10 },
    ],
  ],
  patterns: [
    [
      { ...TEXT, pattern: "^[A-Z]{2}$" },
      { ...TEXT, minLength: 2, maxLength: 2 },
    ],
    [
      { ...TEXT, pattern: "^a" },
      { ...TEXT, minLength: 1 },
    ],
    [{ const: "AC" }, { ...TEXT, pattern: "^[A-Z]{2}$" }],
    [{ enum: ["2024-02-29", "2023-01-01"] }, { ...TEXT, format: "date" }],
  ],
  objects: [
    [dog, { type: "object", required: ["name"] }],
    [dog, { type: "object", properties: { lives: false } }],
    [object({ a: INTEGER }, ["a"]), object({ a: NUMBER, b: TEXT })],
    [{ type: "object", additionalProperties: INTEGER }, { additionalProperties: NUMBER }],
    [
      { type: "object", patternProperties: { "^x": INTEGER }, additionalProperties: false },
      { patternProperties: { "^x": NUMBER }, additionalProperties: false },
    ],
    [object({ a: TEXT, b: TEXT }, ["a", "b"]), { minProperties: 2, maxProperties: 2 }],
    [object({ a: TEXT }), { propertyNames: { maxLength: 1 } }],
    [exactObject([["a", TEXT]]), object({ a: TEXT, b: TEXT }, ["a"])],
  ],
  arrays: [
    [
      { type: "array", items: INTEGER },
      { type: "array", items: NUMBER },
    ],
    [exactArray([INTEGER, TEXT]), { type: "array", prefixItems: [NUMBER], items: TEXT }],
    [exactArray([]), { type: "array", items: TEXT, maxItems: 3 }],
    [
      { type: "array", prefixItems: [TEXT], items: false },
      { maxItems: 1, items: TEXT },
    ],
    [{ type: "array", maxItems: 1 }, { uniqueItems: true }],
    [
      { type: "array", contains: { const: 1 }, minItems: 3 },
      { contains: { const: 1 }, minItems: 2 },
    ],
  ],
  alternatives: [
    [dog, { anyOf: [cat, dog] }],
    [dog, { oneOf: [cat, dog] }],
    [{ oneOf: [dog, cat] }, { anyOf: [cat, dog, TEXT] }],
    [{ oneOf: [dog, cat] }, { type: "object", required: ["kind"] }],
    [{ type: ["string", "null"] }, { anyOf: [TEXT, { type: "null" }] }],
    [{ allOf: [{ oneOf: [dog, cat] }, { properties: { kind: { const: "dog" } } }] }, dog],
    [TEXT, { not: INTEGER }],
    [{ ...INTEGER, minimum: 5 }, CONDITIONAL],
    [{ ...INTEGER, minimum: 5, maximum: 4 }, TEXT],
  ],
};

const NO: Readonly<Record<string, readonly (readonly [...Row, witness: unknown, asks: string])[]>> =
  {
    "of another kind": [
      [TEXT, INTEGER, "", "an integer"],
      [{ type: ["string", "null"] }, TEXT, null, "a string"],
      [NUMBER, INTEGER, 0.5, "an integer"],
      [{ ...TEXT, pattern: "^AC-[0-9]{3}$" }, INTEGER, "AC-000", "an integer"],
    ],
    "out of bounds": [
      [INTEGER, { minimum: 1 }, 0, "a number of at least 1"],
      [TEXT, { ...TEXT, minLength: 1 }, "", "at least 1 character"],
      [TEXT, { ...TEXT, maxLength: 3 }, "xxxx", "at most 3 characters"],
      [{ type: "array", items: TEXT }, { maxItems: 1 }, ["", ""], "at most 1 item"],
      [TEXT, { ...TEXT, pattern: "^[a-z]+$" }, "", 'a string that matches `"^[a-z]+$"`'],
      [TEXT, { ...TEXT, format: "date" }, "", 'a string of the format `"date"`'],
    ],
    "without a member": [
      [object({ a: TEXT }), { required: ["a"] }, {}, "the member `a`"],
      [object({ a: TEXT }), { required: ["b"] }, {}, "the member `b`"],
      [object({ a: TEXT, b: TEXT }), object({ a: TEXT }), { b: "" }, "no member `b`"],
    ],
    "deep inside": [
      [
        object({ a: object({ n: NUMBER }, ["n"]) }),
        object({ a: object({ n: INTEGER }) }),
        { a: { n: 0.5 } },
        "an integer",
      ],
      [
        { type: "array", items: object({ a: TEXT }) },
        { items: { required: ["a"] } },
        [{}],
        "the member `a`",
      ],
    ],
    "of another alternative": [
      [{ oneOf: [dog, cat] }, dog, { kind: "cat", lives: 0 }, "the member `name`"],
      [{ enum: ["a", "b"] }, { enum: ["b", "c"] }, "a", '`"b"` or `"c"`'],
    ],
  };

const UNDECIDED: Readonly<Record<string, readonly Row[]>> = {
  "a place without a type": [
    [true, TEXT],
    [{}, TEXT],
    [{ type: "object" }, object({ a: TEXT }, ["a"])],
    [object({ data: true }, ["data"]), object({ data: TEXT })],
    [{ type: "array" }, { type: "array", items: TEXT }],
    [{ not: { type: "null" } }, TEXT],
  ],
  "an open object": [[{ type: "object", properties: { a: TEXT } }, object({ a: TEXT, b: TEXT })]],
  "patterns that differ": [
    [
      { ...TEXT, pattern: "^(a|b)c$" },
      { ...TEXT, pattern: "^[ab]c$" },
    ],
  ],
};

describe.each(Object.entries(YES))("%s", (_, rows) => {
  it.each(rows.map(([from, to]) => [JSON.stringify(from), JSON.stringify(to), from, to] as const))(
    "prove that %s fits %s",
    (_from, _to, from, to) => {
      expect(judge(typeOf(from), to)).toEqual({ verdict: "yes" });
    },
  );
});

describe.each(Object.entries(NO))("a value %s", (_, rows) => {
  it.each(rows)("of %j does not fit %j: %j, expected %s", (from, to, witness, asks) => {
    expect(judge(typeOf(from), to)).toMatchObject({ verdict: "no", refutation: { witness, asks } });
  });
});

describe.each(Object.entries(UNDECIDED))("%s", (_, rows) => {
  it.each(rows)("leaves open whether %j fits %j", (from, to) => {
    expect(judge(typeOf(from), to).verdict).toBe("undecided");
  });
});

describe("the work of a proof", () => {
  it("is bounded where alternatives multiply", () => {
    const choice = (name: string): Schema => ({
      anyOf: ["a", "b", "c"].map((value) => object({ [name]: { const: value } }, [name])),
    });
    const names = Array.from({ length: 30 }, (_, at) => `p${at}`);
    const from = typeOf({ allOf: names.map(choice) });
    const to = { anyOf: names.map((name) => object({ [name]: { const: "d" } }, [name])) };
    expect(judge(from, { allOf: [to, { required: ["q"] }] }).verdict).not.toBe("yes");
  });

  it("is bounded where schemas nest", () => {
    let deep: Schema = TEXT;
    let other: Schema = INTEGER;
    for (let at = 0; at < 5; at += 1) {
      deep = { anyOf: [object({ a: deep, b: deep }, ["a"]), object({ c: deep }, ["c"])] };
      other = { oneOf: [object({ a: other, b: other }, ["a"]), object({ c: other }, ["c"])] };
    }
    expect(judge(typeOf(deep), other).verdict).not.toBe("yes");
  });
});

describe("what is read of a pattern", () => {
  it.each([
    ["^[A-Z][A-Z0-9_]{0,31}_[0-9a-f]{64}$", 66, 97],
    ["^0x([0-9a-f]{2})*$", 2, Number.POSITIVE_INFINITY],
    ["^(a|bcd)?$", 0, 3],
    ["abc", 3, Number.POSITIVE_INFINITY],
    ["^\\d{4}-\\d{2}$", 7, 7],
    ["^$", 0, 0],
  ])("%s: from %i to %d characters", (pattern, least, most) => {
    expect(readPattern(pattern)).toMatchObject({ least, most });
  });

  it.each(["^a$|b", "a(?=b)", "[[:alpha:]]", "\\bword\\b", "^a{2}{3}$", "^(?i)a$", "[]a]", "(^a)"])(
    "nothing is said of %s",
    (pattern) => {
      expect(readPattern(pattern)).toBeUndefined();
    },
  );
});
