/**
 * A type: schemas that all hold of a value. Taking a schema apart into conjuncts keeps the parts'
 * identity, so that what was learnt about a part is found again. Types over-approximate: a value
 * that can come about is always one of its type.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import { ANNOTATIONS, EVERY_KIND, type Kinds, kindsOf, schemasIn } from "./kinds.ts";

/** Empty: anything. Null: no value at all. */
export type Type = readonly JsonObject[] | null;

export const ANYTHING: Type = [];

/** A schema's conjuncts, `allOf` taken apart. */
export function typeOf(schema: Schema): Type {
  return both(ANYTHING, schema);
}

/** The values of a type that a schema takes as well. */
export function both(type: Type, schema: Schema): Type {
  if (type === null || schema === false) return null;
  if (schema === true) return type;
  let joined: Type = asserts(schema) && !type.includes(schema) ? [...type, schema] : type;
  for (const part of schemasIn(schema.allOf)) {
    joined = both(joined, part);
    if (joined === null) return null;
  }
  return joined;
}

/** False for a schema that only annotates, or only holds other conjuncts. */
function asserts(schema: JsonObject): boolean {
  for (const keyword in schema) {
    if (keyword !== "allOf" && !ANNOTATIONS.has(keyword)) return true;
  }
  return false;
}

/** The type as one schema, for the validator and for places that hold a schema. */
export function schemaOf(type: Type): Schema {
  if (type === null) return false;
  if (type.length === 0) return true;
  return type.length === 1 ? (type[0] as JsonObject) : { allOf: type };
}

/** The values that one of the schemas takes. */
export function union(schemas: readonly Schema[]): Schema {
  const distinct = [...new Set(schemas)].filter((schema) => schema !== false);
  if (distinct.includes(true)) return true;
  const [only] = distinct;
  if (only === undefined) return false;
  return distinct.length === 1 ? only : { anyOf: distinct };
}

/** The kinds of a type's values: never too few. */
export function kindsIn(type: Type): Kinds {
  return type === null ? 0 : type.reduce((kinds, part) => kinds & kindsOf(part), EVERY_KIND);
}

/**
 * The few values that a type can only have, where it says so: a const, an enum, null, booleans.
 * Other conjuncts are not asked whether they take them.
 */
export function valuesIn(type: Type): readonly Json[] | undefined {
  if (type === null) return [];
  for (const part of type) {
    if (part.const !== undefined) return [part.const];
    if (Array.isArray(part.enum)) return part.enum;
  }
  return undefined;
}

/** The exact type of a literal. */
export function literal(value: Json): Schema {
  return { const: value };
}

/** The exact type of an object whose members have these types. */
export function exactObject(members: readonly (readonly [string, Schema])[]): Schema {
  return {
    type: "object",
    required: members.map(([name]) => name),
    properties: Object.fromEntries(members),
    additionalProperties: false,
  };
}

/** The exact type of an array whose items have these types. */
export function exactArray(items: readonly Schema[]): Schema {
  if (items.length === 0) return { type: "array", maxItems: 0 };
  const exactly = { minItems: items.length, maxItems: items.length };
  return { type: "array", ...exactly, prefixItems: items };
}

const texts = new WeakMap<JsonObject, string>();

/** Equality of schemas as JSON. */
export function sameSchema(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return textOf(a as JsonObject) === textOf(b as JsonObject);
}

function textOf(value: JsonObject): string {
  let text = texts.get(value);
  if (text === undefined) {
    text = canonical(value);
    texts.set(value, text);
  }
  return text;
}
