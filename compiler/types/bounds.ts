/**
 * The bounds that a type's conjuncts state together: of numbers, and of the counts of characters,
 * items and members. They hold for every value; a value may be bounded tighter than they say.
 */
import type { JsonObject } from "../../protocol/language/json.ts";
import { KIND, NUMBERS, schemasByName, schemasIn } from "./kinds.ts";
import { readPattern } from "./pattern.ts";
import { kindsIn } from "./type.ts";

type Conjuncts = readonly JsonObject[];

/** A bound of numbers; `open` excludes the bound itself. */
export interface Bound {
  readonly at: number;
  readonly open: boolean;
}

export interface Range {
  readonly low: Bound;
  readonly high: Bound;
}

/**
 * No number goes beyond these: outside them a double has no fraction, and integers that are not held
 * exactly are refused wherever values come in.
 */
const LEAST: Bound = { at: Number.MIN_SAFE_INTEGER, open: false };
const MOST: Bound = { at: Number.MAX_SAFE_INTEGER, open: false };

/** The range of a type's numbers; of integers alone it is closed. */
export function rangeOf(type: Conjuncts): Range {
  const low = type.map(lowOf).reduce(higher, LEAST);
  const high = type.map(highOf).reduce(lower, MOST);
  if ((kindsIn(type) & NUMBERS) !== KIND.integer) return { low, high };
  return {
    low: { at: low.open ? Math.floor(low.at) + 1 : Math.ceil(low.at), open: false },
    high: { at: high.open ? Math.ceil(high.at) - 1 : Math.floor(high.at), open: false },
  };
}

/** The lower bound that one schema's own keywords state. */
export function lowOf(schema: JsonObject): Bound {
  return higher(
    { at: stated(schema, "minimum", Number.NEGATIVE_INFINITY), open: false },
    { at: stated(schema, "exclusiveMinimum", Number.NEGATIVE_INFINITY), open: true },
  );
}

export function highOf(schema: JsonObject): Bound {
  return lower(
    { at: stated(schema, "maximum", Number.POSITIVE_INFINITY), open: false },
    { at: stated(schema, "exclusiveMaximum", Number.POSITIVE_INFINITY), open: true },
  );
}

/** The tighter of two lower bounds; without one, neither is open. */
function higher(a: Bound, b: Bound): Bound {
  if (a.at === b.at) return a.at === Number.NEGATIVE_INFINITY || a.open ? a : b;
  return a.at > b.at ? a : b;
}

function lower(a: Bound, b: Bound): Bound {
  if (a.at === b.at) return a.at === Number.POSITIVE_INFINITY || a.open ? a : b;
  return a.at < b.at ? a : b;
}

export interface Count {
  readonly least: number;
  readonly most: number;
}

/** How many characters the type's strings have. */
export function lengthsOf(type: Conjuncts): Count {
  const { least, most } = countOf(type, "minLength", "maxLength");
  const shaped = type.flatMap((part) => [lengthsOfPattern(part), lengthsOfFormat(part)]);
  return {
    least: Math.max(least, ...shaped.map((count) => count.least)),
    most: Math.min(most, ...shaped.map((count) => count.most)),
  };
}

const ANY_COUNT: Count = { least: 0, most: Number.POSITIVE_INFINITY };

function lengthsOfPattern({ pattern }: JsonObject): Count {
  return (typeof pattern === "string" && readPattern(pattern)) || ANY_COUNT;
}

/** Every format but one asks for a character at least. */
function lengthsOfFormat({ format }: JsonObject): Count {
  if (format === "date") return { least: 10, most: 10 };
  return format === undefined || format === "json-pointer" ? ANY_COUNT : { ...ANY_COUNT, least: 1 };
}

/** How many items the type's arrays have. */
export function itemsOf(type: Conjuncts): Count {
  const { least, most } = countOf(type, "minItems", "maxItems");
  const closed = type.filter((part) => part.items === false);
  const tuples = closed.map((part) => schemasIn(part.prefixItems).length);
  return { least, most: Math.min(most, ...tuples) };
}

/** How many members the type's objects have. */
export function membersOf(type: Conjuncts): Count {
  const { least, most } = countOf(type, "minProperties", "maxProperties");
  const closed = type.filter(isClosed).map((part) => Object.keys(propertiesOf(part)).length);
  return { least: Math.max(least, requiredIn(type).length), most: Math.min(most, ...closed) };
}

/** True where a schema names every member that its objects may have. */
export function isClosed(schema: JsonObject): boolean {
  return schema.additionalProperties === false && schema.patternProperties === undefined;
}

export function propertiesOf(schema: JsonObject): ReturnType<typeof schemasByName> {
  return schemasByName(schema.properties);
}

/** The names that the conjuncts require, each once. */
export function requiredIn(type: Conjuncts): readonly string[] {
  const names = type.flatMap((part) => (part.required ?? []) as readonly string[]);
  return [...new Set(names)];
}

function countOf(type: Conjuncts, least: string, most: string): Count {
  return {
    least: Math.max(0, ...type.map((part) => stated(part, least, 0))),
    most: Math.min(...type.map((part) => stated(part, most, Number.POSITIVE_INFINITY))),
  };
}

function stated(schema: JsonObject, keyword: string, otherwise: number): number {
  const bound = schema[keyword];
  return typeof bound === "number" ? bound : otherwise;
}
