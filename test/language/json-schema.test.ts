/**
 * JSON Schema as the language means it: what a reader of JSON Schema 2020-12 expects, also where the
 * library underneath had to be mended.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { compileSchema, patternFault } from "../../protocol/language/json-schema.ts";

function fits(schema: JsonObject | boolean, value: Json): boolean {
  return compileSchema(schema)(value) === null;
}

const ODD_KEYS = [
  "toString",
  "valueOf",
  "constructor",
  "hasOwnProperty",
  "length",
  "__defineGetter__",
];

for (const key of ODD_KEYS) {
  test(`a member called ${key} is a member like any other`, () => {
    const odd = { [key]: 1 };
    expect(fits({ enum: [{ a: 1 }, { b: [1] }] }, odd)).toBe(false);
    expect(fits({ const: { a: 1 } }, odd)).toBe(false);
    expect(fits({ const: odd }, { [key]: 1 })).toBe(true);
    expect(fits({ required: [key] }, {})).toBe(false);
    expect(fits({ required: [key] }, odd)).toBe(true);
    expect(fits({ properties: { [key]: { type: "string" } } }, {})).toBe(true);
    expect(fits({ properties: { [key]: { type: "string" } } }, odd)).toBe(false);
    expect(fits({ additionalProperties: false }, odd)).toBe(false);
    expect(fits({ uniqueItems: true }, [odd, { [key]: 1 }])).toBe(false);
  });
}

test("enum and const mean equality of JSON values, whatever the order of members", () => {
  const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(value, fc.array(value, { minLength: 1, maxLength: 4 }), (one, many) => {
      const among = many.some((other) => canonical(other) === canonical(one));
      expect(fits({ enum: many }, one)).toBe(among);
      expect(fits({ const: many[0] ?? null }, one)).toBe(
        canonical(many[0] ?? null) === canonical(one),
      );
      expect(fits({ enum: [...many, one] }, JSON.parse(JSON.stringify(one)))).toBe(true);
    }),
  );
});

test("each pattern is its own", () => {
  const schema = { properties: { a: { pattern: "^a+$" }, b: { pattern: "^b+$" } } };
  expect(fits(schema, { a: "aa", b: "bb" })).toBe(true);
  expect(fits(schema, { a: "aa", b: "aa" })).toBe(false);
});

test("a pattern that other engines take for ever over is quick, and one that is no pattern is told", () => {
  expect(fits({ pattern: "^(a+)+$" }, `${"a".repeat(50_000)}!`)).toBe(false);
  expect(patternFault("(?<=a)b")).not.toBeNull();
  expect(patternFault("^[a-z]+$")).toBeNull();
});

test("contains counts anew for each array", () => {
  const schema = { items: { contains: { const: 1 } } };
  expect(fits(schema, [[1], []])).toBe(false);
  expect(fits(schema, [[1], [2, 1]])).toBe(true);
});

test("a format is checked, not only noted", () => {
  expect(fits({ format: "email" }, "a@b.example")).toBe(true);
  expect(fits({ format: "email" }, "nobody")).toBe(false);
});
