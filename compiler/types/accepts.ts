/**
 * Whether one known value fits a schema, without compiling the schema: for literals and
 * enumerations. It agrees with the validator on every value; a pattern or a format is asked of the
 * validator itself.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { validatorOf } from "../json-schema.ts";
import type { Schema } from "../model.ts";
import { kindOf, kindsNamed, NUMBERS, schemasByName, schemasIn } from "./kinds.ts";

export function accepts(schema: Schema, value: Json): boolean {
  if (typeof schema === "boolean") return schema;
  if (schema.type !== undefined && !(kindsNamed(schema.type) & kindOf(value))) return false;
  if (schema.const !== undefined && !same(schema.const, value)) return false;
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => same(one, value))) return false;
  if (!fitsCombined(schema, value)) return false;
  if (typeof value === "string") return fitsString(schema, value);
  if (Array.isArray(value)) return fitsArray(schema, value);
  if (isObject(value)) return fitsObject(schema, value);
  return kindOf(value) & NUMBERS ? fitsNumber(schema, value as number) : true;
}

/** Equality of JSON values. */
export function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return canonical(a) === canonical(b);
}

function fitsCombined(schema: JsonObject, value: Json): boolean {
  const fits = (part: Schema) => accepts(part, value);
  if (!schemasIn(schema.allOf).every(fits)) return false;
  if (schema.anyOf !== undefined && !schemasIn(schema.anyOf).some(fits)) return false;
  if (schema.oneOf !== undefined && schemasIn(schema.oneOf).filter(fits).length !== 1) return false;
  if (schema.not !== undefined && fits(schema.not as Schema)) return false;
  if (schema.if === undefined) return true;
  const branch = fits(schema.if as Schema) ? schema.then : schema.else;
  return branch === undefined || fits(branch as Schema);
}

function fitsNumber(schema: JsonObject, value: number): boolean {
  return (
    value >= at(schema, "minimum", Number.NEGATIVE_INFINITY) &&
    value <= at(schema, "maximum", Number.POSITIVE_INFINITY) &&
    !(value <= at(schema, "exclusiveMinimum", Number.NEGATIVE_INFINITY)) &&
    !(value >= at(schema, "exclusiveMaximum", Number.POSITIVE_INFINITY)) &&
    isMultiple(value, at(schema, "multipleOf", 0))
  );
}

/** As the validator divides, in double precision. No divisor is 0. */
function isMultiple(value: number, divisor: number): boolean {
  if (divisor === 0) return true;
  const quotient = value / divisor;
  return quotient === Number.parseInt(String(quotient), 10);
}

function fitsString(schema: JsonObject, value: string): boolean {
  if (schema.minLength !== undefined || schema.maxLength !== undefined) {
    const length = [...value].length;
    if (length < at(schema, "minLength", 0)) return false;
    if (length > at(schema, "maxLength", Number.POSITIVE_INFINITY)) return false;
  }
  if (schema.pattern !== undefined && !matches(schema.pattern as string, value)) return false;
  if (schema.format === undefined) return true;
  return validatorOf({ type: "string", format: schema.format })(value) === null;
}

/** What the engine answered, by pattern and text: it is thorough and slow, and asked the same often. */
const answers = new Map<string, Map<string, boolean>>();
const ANSWERS_MAX = 10_000;
let answersLeft = ANSWERS_MAX;

/** Whether a pattern is found in a text, as the validator's own engine says. */
export function matches(pattern: string, text: string): boolean {
  let known = answers.get(pattern);
  if (known === undefined) {
    known = new Map();
    answers.set(pattern, known);
  }
  let found = known.get(text);
  if (found === undefined) {
    found = validatorOf({ type: "string", pattern })(text) === null;
    known.set(text, found);
    answersLeft -= 1;
    if (answersLeft === 0) forgetAnswers();
  }
  return found;
}

function forgetAnswers(): void {
  answers.clear();
  answersLeft = ANSWERS_MAX;
}

function fitsArray(schema: JsonObject, value: readonly Json[]): boolean {
  if (value.length < at(schema, "minItems", 0)) return false;
  if (value.length > at(schema, "maxItems", Number.POSITIVE_INFINITY)) return false;
  const first = schemasIn(schema.prefixItems);
  const rest = (schema.items ?? true) as Schema;
  if (!value.every((item, index) => accepts(first[index] ?? rest, item))) return false;
  if (
    schema.uniqueItems === true &&
    new Set(value.map((item) => canonical(item))).size < value.length
  )
    return false;
  if (schema.contains === undefined) return true;
  const found = value.filter((item) => accepts(schema.contains as Schema, item)).length;
  return (
    found >= at(schema, "minContains", 1) &&
    found <= at(schema, "maxContains", Number.POSITIVE_INFINITY)
  );
}

function fitsObject(schema: JsonObject, value: JsonObject): boolean {
  const names = Object.keys(value);
  if (names.length < at(schema, "minProperties", 0)) return false;
  if (names.length > at(schema, "maxProperties", Number.POSITIVE_INFINITY)) return false;
  const has = (name: Json) => Object.hasOwn(value, name as string);
  if (!((schema.required ?? []) as readonly string[]).every(has)) return false;
  const dependent = (schema.dependentRequired ?? {}) as Readonly<Record<string, readonly string[]>>;
  for (const [name, others] of Object.entries(dependent)) {
    if (has(name) && !others.every(has)) return false;
  }
  const ofNames = (schema.propertyNames ?? true) as Schema;
  return names.every((name) => accepts(ofNames, name) && fitsMember(schema, name, value));
}

function fitsMember(schema: JsonObject, name: string, value: JsonObject): boolean {
  return memberSchemas(schema, name).every((part) => accepts(part, value[name] as Json));
}

/** The schemas that a schema's own property keywords hold a member to. */
export function memberSchemas(schema: JsonObject, name: string): readonly Schema[] {
  const found: Schema[] = [];
  const properties = schemasByName(schema.properties);
  if (Object.hasOwn(properties, name)) found.push(properties[name] as Schema);
  for (const [pattern, part] of Object.entries(schemasByName(schema.patternProperties))) {
    if (matches(pattern, name)) found.push(part);
  }
  return found.length > 0 ? found : [(schema.additionalProperties ?? true) as Schema];
}

function at(schema: JsonObject, keyword: string, otherwise: number): number {
  const bound = schema[keyword];
  return typeof bound === "number" ? bound : otherwise;
}
