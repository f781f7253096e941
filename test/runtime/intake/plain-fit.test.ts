/**
 * What walking a schema finds to fit, a validator finds to fit: always; and of the plainest schemas
 * they say the same. What a program answers is the validator's word, whoever finds it out.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { compileSchema } from "../../../protocol/language/json-schema.ts";
import { programOf } from "../../../runtime/json-schema.ts";
import { fitsPlainly } from "../../../runtime/plain-fit.ts";
import { registerGraph } from "../protocol.ts";

type Schema = JsonObject | boolean;

const NAMES = ["a", "b", "__proto__", "constructor", "toString"] as const;
const name = fc.constantFrom(...NAMES);
const small = fc.integer({ min: -2, max: 4 });
const number = fc.oneof(small, fc.constantFrom(0.5, -0, 1e300, 2 ** 53, 4.000_000_1));
const text = fc.string({
  unit: fc.constantFrom("a", "B", "0", "_", "\n", "é", "👍🏽", "\ud83d"),
  maxLength: 5,
});
const leaf: fc.Arbitrary<Json> = fc.oneof(number, text, fc.boolean(), fc.constant(null));

function objectOf<T extends Json>(value: fc.Arbitrary<T>): fc.Arbitrary<JsonObject> {
  const entries = fc.uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([key]) => key });
  return entries.map((all) => Object.fromEntries(all) as JsonObject);
}

const { value: VALUE } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    objectOf(tie("value")),
  ),
}));

const TYPES = ["null", "boolean", "string", "integer", "number", "array", "object"] as const;
const type = fc.constantFrom(...TYPES);
const PATTERNS = ["^[a-z]{1,3}$", "^a*$", "^[A-Z0-9_]+$", "^$"] as const;

/** What a schema says of this member, a validator passes over. */
function withoutDelicate(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== "__proto__"));
}

/** Of the kind that is walked; composed values in `enum` and `const` are left to the validator. */
const { schema: PLAIN } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.boolean(),
    fc.constantFrom<Schema>({ $ref: "#/$defs/one" }, { $ref: "#/$defs/two" }),
    fc.record(
      {
        type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
        enum: fc.array(leaf, { minLength: 1, maxLength: 3 }),
        const: leaf,
        minimum: number,
        maximum: number,
        exclusiveMinimum: number,
        exclusiveMaximum: number,
        minLength: fc.nat(3),
        maxLength: fc.nat(3),
        minItems: fc.nat(3),
        maxItems: fc.nat(3),
        pattern: fc.constantFrom(...PATTERNS),
        required: fc.uniqueArray(name, { maxLength: 2 }),
        properties: objectOf(tie("schema")).map(withoutDelicate),
        additionalProperties: tie("schema"),
        items: tie("schema"),
        "x-label": fc.constant(["pii"]),
        title: fc.constant("a title"),
      },
      { requiredKeys: [] },
    ) as unknown as fc.Arbitrary<Schema>,
  ),
}));

/** Definitions lead to nothing that leads back: a validator would not come to an end, either. */
const DEFINED: JsonObject = {
  one: { type: "object", required: ["a"], properties: { a: { $ref: "#/$defs/two" } } },
  two: { type: ["string", "null"], maxLength: 2 },
};

function withDefined(schema: Schema): Schema {
  return typeof schema === "boolean" ? schema : { ...schema, $defs: DEFINED };
}

test("of the plainest schemas, walking always tells whether a value fits, and is right", () => {
  let fitting = 0;
  fc.assert(
    fc.property(PLAIN, VALUE, (drawn, value) => {
      const schema = withDefined(drawn);
      const walked = fitsPlainly(schema, value);
      if (walked) fitting += 1;
      expect(walked).toBe(compileSchema(schema)(value) === null);
    }),
    { numRuns: 1_500 },
  );
  expect(fitting).toBeGreaterThan(80);
});

const OTHERS = [
  { allOf: [true] },
  { anyOf: [true] },
  { oneOf: [true] },
  { not: false },
  { if: true },
  { format: "date" },
  { uniqueItems: true },
  { prefixItems: [true] },
  { contains: true },
  { multipleOf: 1 },
  { minProperties: 0 },
  { patternProperties: {} },
  { propertyNames: true },
  { dependentRequired: {} },
  { unheardOf: 1 },
  { $id: "https://example.com" },
  { $ref: "#/$defs/none" },
  { $ref: "#/properties/a" },
  { pattern: "a|b" },
  { const: [1] },
  { properties: { a: { anyOf: [true] } } },
  { properties: JSON.parse('{"__proto__": true}') as JsonObject, additionalProperties: false },
] as const;

test.each(OTHERS.map((schema) => [JSON.stringify(schema), schema] as const))(
  "%s is left to the validator",
  (_, schema) => {
    const values: readonly Json[] = ["a", [1], { a: 1 }];
    const sure = values.filter((value) => fitsPlainly(schema as unknown as Schema, value));
    const passedOver = "pattern" in schema ? 2 : "properties" in schema ? 2 : 0;
    expect(sure).toHaveLength(passedOver);
  },
);

test("a schema that leads back to itself is walked as deep as a value goes, and never on and on", () => {
  const list: Schema = {
    $ref: "#/$defs/list",
    $defs: {
      list: { type: "array", items: { $ref: "#/$defs/list" } },
      loop: { $ref: "#/$defs/loop" },
    },
  };
  expect(fitsPlainly(list, [[], [[]]])).toBe(true);
  expect(fitsPlainly(list, [[1]])).toBe(false);
  expect(fitsPlainly({ ...list, $ref: "#/$defs/loop" }, 1)).toBeUndefined();
});

test("where a schema is plain in part, what is surely so by that part is so", () => {
  const keywords = fc.constantFrom(
    ...[{ allOf: [true] }, { not: true }, { minProperties: 1 }, { const: [1] }, { multipleOf: 2 }],
  );
  let told = 0;
  fc.assert(
    fc.property(PLAIN, keywords, VALUE, (drawn, more, value) => {
      const schema =
        typeof drawn === "boolean" ? more : { ...(withDefined(drawn) as JsonObject), ...more };
      const found = fitsPlainly(schema, value);
      if (found === undefined) return;
      told += 1;
      expect(found).toBe(compileSchema(schema)(value) === null);
    }),
    { numRuns: 1_000 },
  );
  expect(told).toBeGreaterThan(80);
});

test("a program says the same of a value however often it is asked", () => {
  const schema: Schema = {
    type: "object",
    required: ["name"],
    additionalProperties: false,
    properties: { name: { type: "string", maxLength: 3 } },
  };
  const graph = { ...registerGraph(), schemas: [schema] };
  const values: readonly Json[] = [{ name: "Ada" }, {}, { name: "Grace" }, { name: "A", b: 1 }, 1];
  fc.assert(
    fc.property(fc.array(fc.nat(values.length - 1), { maxLength: 12 }), (order) => {
      const program = programOf(graph);
      const check = compileSchema(schema);
      for (const at of order) {
        const value = values[at] as Json;
        const faults = check(value)?.map(({ pointer, message }) => ({ pointer, message })) ?? null;
        expect(program.fits(0, value)).toEqual(faults);
      }
    }),
  );
});
