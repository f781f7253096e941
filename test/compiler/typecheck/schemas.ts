/**
 * Random schemas of the supported subset over a small world of names and values, and that world's
 * values: small enough to hold every pair of schemas against every value.
 */
import fc from "fast-check";
import type { Schema } from "../../../compiler/model.ts";
import type { Json } from "../../../protocol/language/json.ts";

const NAMES = ["a", "b", "constructor"];
const SCALARS: readonly Json[] = [
  null,
  true,
  false,
  -1,
  0,
  1,
  2,
  3,
  0.5,
  "",
  "a",
  "ab",
  "2024-02-29",
];

function worldOfValues(): readonly Json[] {
  const few: readonly Json[] = [null, true, 0, 1, 0.5, "", "ab"];
  const inner: readonly Json[] = [...few, {}, { a: 1 }, [], [0], ["ab", 1]];
  const arrays: Json[] = [[], ...SCALARS.map((one) => [one])];
  for (const one of inner) for (const other of inner) arrays.push([one, other]);
  arrays.push([0, 1, 2], ["", "a", "ab"], [1, 1, 1]);
  const objects: Json[] = [{}, { z: 0 }, { z: "ab" }];
  for (const one of [...inner, 2, "a"]) {
    objects.push({ a: one }, { b: one }, { constructor: one }, { a: one, z: 1 });
    for (const other of inner) {
      objects.push(
        { a: one, b: other },
        { b: one, constructor: other },
        { a: one, b: other, constructor: 0 },
      );
    }
  }
  return [...SCALARS, ...arrays, ...objects];
}

export const VALUES: readonly Json[] = worldOfValues();

const bound = fc.integer({ min: -1, max: 3 });
const size = fc.integer({ min: 0, max: 3 });

/** Some of the members of a record, so that most schemas have few keywords. */
function some(keywords: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, Json>> {
  return fc.record(keywords, { requiredKeys: [] }) as fc.Arbitrary<Record<string, Json>>;
}

const ofNumbers = fc.oneof(
  some({ minimum: bound, maximum: bound }),
  some({ exclusiveMinimum: bound, exclusiveMaximum: bound }),
  some({ multipleOf: fc.constantFrom(1, 2, 0.5, 3), minimum: bound }),
);
const ofStrings = fc.oneof(
  some({ minLength: size, maxLength: size }),
  some({ pattern: fc.constantFrom("^a", "^[a-z]{0,2}$", "b$", "^$"), minLength: size }),
  some({ format: fc.constantFrom("date", "uuid"), maxLength: size }),
);
const TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"];

function typed(type: string, keywords: fc.Arbitrary<Record<string, Json>>): fc.Arbitrary<Schema> {
  return keywords.map((rest) => ({ type, ...rest }));
}

const CONDITION = ["if", "then", "else"];

const { schema } = fc.letrec<{ schema: Schema; part: Schema }>((tie) => {
  const part = fc.oneof({ maxDepth: 3 }, leaf(), tie("schema"));
  const list = fc.array(part, { minLength: 1, maxLength: 3 });
  const names = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 });
  const ofObjects = some({
    properties: fc.dictionary(fc.constantFrom(...NAMES), part, { maxKeys: 3 }),
    required: names,
    additionalProperties: fc.oneof(fc.constant(false), part),
    patternProperties: fc.dictionary(fc.constantFrom("^a", "r$", "toString"), part, { maxKeys: 1 }),
    minProperties: size,
    maxProperties: size,
    propertyNames: fc.constantFrom<Schema>({ maxLength: 1 }, { enum: ["a", "b"] }),
    dependentRequired: fc.constantFrom<Json>({ a: ["b"] }, { constructor: ["b"] }),
  });
  const ofArrays = some({
    minItems: size,
    maxItems: size,
    uniqueItems: fc.boolean(),
    items: fc.oneof(fc.constant(false), part),
    prefixItems: list,
  });
  const containing = fc
    .tuple(ofArrays, part, some({ minContains: size, maxContains: size }))
    .map(([rest, contains, counts]): Record<string, Json> => ({ ...rest, contains, ...counts }));
  const combined = some({
    anyOf: list,
    oneOf: list,
    allOf: list,
    not: part,
    type: fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }),
  });
  const conditional = fc
    .tuple(part, part, part)
    .map((parts): Schema => Object.fromEntries(parts.map((one, at) => [CONDITION[at], one])));
  return {
    part,
    schema: fc.oneof(
      { maxDepth: 3 },
      { arbitrary: leaf(), weight: 3 },
      { arbitrary: typed("object", ofObjects), weight: 4 },
      { arbitrary: typed("array", fc.oneof(ofArrays, containing)), weight: 2 },
      { arbitrary: ofObjects, weight: 1 },
      { arbitrary: combined, weight: 2 },
      { arbitrary: conditional, weight: 1 },
    ),
  };
});

function leaf(): fc.Arbitrary<Schema> {
  return fc.oneof(
    fc.boolean(),
    fc.constant({}),
    fc.constantFrom("null", "boolean", "string", "integer", "number").map((type) => ({ type })),
    typed("number", ofNumbers),
    typed("integer", ofNumbers),
    typed("string", ofStrings),
    ofNumbers,
    ofStrings,
    fc.constantFrom(...SCALARS, { a: 1 }, [0]).map((value) => ({ const: value })),
    fc.uniqueArray(fc.constantFrom(...SCALARS), { minLength: 1, maxLength: 3 }).map((values) => ({
      enum: values,
    })),
  );
}

export const schemas: fc.Arbitrary<Schema> = schema;

/** A schema and one that was made from it by a small change: pairs that nearly fit. */
export const pairs: fc.Arbitrary<readonly [Schema, Schema]> = fc.oneof(
  fc.tuple(schemas, schemas),
  fc.tuple(schemas, schemas).map(([a, b]): [Schema, Schema] => [{ allOf: [a, b] }, a]),
  fc.tuple(schemas, schemas).map(([a, b]): [Schema, Schema] => [a, { anyOf: [a, b] }]),
  fc.tuple(schemas, schemas).map(([a, b]): [Schema, Schema] => [merged(a, b), a]),
  schemas.map((a): [Schema, Schema] => [a, JSON.parse(JSON.stringify(a))]),
);

function merged(a: Schema, b: Schema): Schema {
  return typeof a === "object" && typeof b === "object" ? { ...b, ...a } : a;
}
