/**
 * The kinds of JSON values as bits, with integers and fractions apart, so that the type keyword of
 * a schema is a set and its laws are set operations. It knows nothing of any other keyword's sense.
 */
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";

export const KIND = Object.freeze({
  null: 1,
  boolean: 2,
  integer: 4,
  fraction: 8,
  string: 16,
  array: 32,
  object: 64,
});

/** A set of kinds. */
export type Kinds = number;

export const NUMBERS: Kinds = KIND.integer | KIND.fraction;
export const EVERY_KIND: Kinds = 127;

const BY_NAME: ReadonlyMap<Json, Kinds> = new Map<Json, Kinds>([
  ["null", KIND.null],
  ["boolean", KIND.boolean],
  ["integer", KIND.integer],
  ["number", NUMBERS],
  ["string", KIND.string],
  ["array", KIND.array],
  ["object", KIND.object],
]);

/** The kinds that a `type` keyword names. */
export function kindsNamed(type: Json): Kinds {
  if (!Array.isArray(type)) return BY_NAME.get(type) ?? 0;
  return type.reduce((kinds: Kinds, name) => kinds | (BY_NAME.get(name) ?? 0), 0);
}

export function kindOf(value: Json): Kinds {
  if (value === null) return KIND.null;
  if (Array.isArray(value)) return KIND.array;
  if (isObject(value)) return KIND.object;
  if (typeof value === "number") return Number.isInteger(value) ? KIND.integer : KIND.fraction;
  return typeof value === "boolean" ? KIND.boolean : KIND.string;
}

/** Each kind of a set by itself; numbers stay together unless only one of the two is there. */
export function eachKind(kinds: Kinds): readonly Kinds[] {
  const apart = [KIND.null, KIND.boolean, NUMBERS, KIND.string, KIND.array, KIND.object];
  return apart.map((kind) => kind & kinds).filter((kind) => kind !== 0);
}

/** The `type` keyword's names for a set of kinds. */
export function typeNames(kinds: Kinds): readonly string[] {
  const names: string[] = [];
  for (const [name, kind] of BY_NAME) {
    if (name === "integer" && (kinds & NUMBERS) === NUMBERS) continue;
    if ((kinds & kind) === kind) names.push(name as string);
  }
  // Fractions alone have no name of their own.
  return kinds & KIND.fraction && !(kinds & KIND.integer) ? [...names, "number"] : names;
}

const kindsKnown = new WeakMap<JsonObject, Kinds>();

/** The kinds that a schema may let by: never too few. */
export function kindsOf(schema: Schema): Kinds {
  if (typeof schema === "boolean") return schema ? EVERY_KIND : 0;
  let kinds = schema.type === undefined ? EVERY_KIND : kindsNamed(schema.type);
  if (schema.const !== undefined) kinds &= kindOf(schema.const);
  if (Array.isArray(schema.enum)) kinds &= unionOf(schema.enum.map(kindOf));
  return combines(schema) ? kinds & kindsCombined(schema) : kinds;
}

function combines(schema: JsonObject): boolean {
  return (
    schema.anyOf !== undefined ||
    schema.oneOf !== undefined ||
    schema.allOf !== undefined ||
    schema.not !== undefined
  );
}

/** What the combining keywords let by. Only this goes deep, so only this is remembered. */
function kindsCombined(schema: JsonObject): Kinds {
  let kinds = kindsKnown.get(schema);
  if (kinds === undefined) {
    kinds = computeKinds(schema);
    kindsKnown.set(schema, kinds);
  }
  return kinds;
}

function computeKinds(schema: JsonObject): Kinds {
  let kinds = EVERY_KIND;
  for (const part of schemasIn(schema.allOf)) kinds &= kindsOf(part);
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = schema[keyword];
    if (branches !== undefined) kinds &= unionOf(schemasIn(branches).map(kindsOf));
  }
  if (schema.not !== undefined) kinds &= ~kindsWhole(schema.not as Schema);
  return kinds;
}

/** The kinds of which a schema takes every value: never too many. */
function kindsWhole(schema: Schema): Kinds {
  if (typeof schema === "boolean") return schema ? EVERY_KIND : 0;
  const asserting = Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword));
  if (asserting.length === 0) return EVERY_KIND;
  return asserting.length === 1 && schema.type !== undefined ? kindsNamed(schema.type) : 0;
}

function unionOf(kinds: readonly Kinds[]): Kinds {
  return kinds.reduce((all, one) => all | one, 0);
}

/** Keywords that let every value by. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  "title",
  "description",
  "examples",
  "$comment",
  "deprecated",
  "x-label",
]);

/** The schemas of a keyword that holds a list of them. */
export function schemasIn(value: Json | undefined): readonly Schema[] {
  return (value ?? []) as readonly Schema[];
}

/** The schemas of a keyword that holds them by name. */
export function schemasByName(value: Json | undefined): Readonly<Record<string, Schema>> {
  return (value ?? {}) as Readonly<Record<string, Schema>>;
}

/** Whether a schema says of what kind a value is, and not only what its parts are if it has some. */
export function namesKinds(schema: Schema): boolean {
  if (typeof schema === "boolean") return !schema;
  if (schema.type !== undefined || schema.const !== undefined || schema.enum !== undefined) {
    return true;
  }
  if (schemasIn(schema.allOf).some(namesKinds)) return true;
  return [schema.anyOf, schema.oneOf].some(
    (branches) => branches !== undefined && schemasIn(branches).every(namesKinds),
  );
}
