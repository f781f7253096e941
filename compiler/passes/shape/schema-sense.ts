/**
 * JSON Schemas that are well formed and make no sense: keywords that can never act, bounds that
 * leave nothing between them, members that are required and not allowed, patterns that could hang.
 */
import { isObject, type Json, type JsonObject, member } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type { Kind } from "../../../protocol/language/names.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { patternFault } from "../../json-schema.ts";
import type { ParsedDocument } from "../../model.ts";
import { type SchemaPlace, schemasOf } from "./schema-places.ts";

type Law = (place: SchemaPlace, document: ParsedDocument) => readonly Diagnostic[];

export function checkSchemas(kind: Kind, document: ParsedDocument): readonly Diagnostic[] {
  return schemasOf(kind, document.value).flatMap((place) =>
    LAWS.flatMap((law) => law(place, document)),
  );
}

const LAWS: readonly Law[] = Object.freeze([
  patternsAreSafe,
  keywordsCanAct,
  companionsAreThere,
  boundsLeaveRoom,
  requiredIsAllowed,
  valuesAreOfTheType,
  labelsAreSeen,
]);

/** Keywords whose schemas never describe a value that stands: nothing could be found to seal. */
const DESCRIBE_NO_VALUE: ReadonlySet<string | number> = new Set(["not", "propertyNames"]);

function labelsAreSeen({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  if (!Object.hasOwn(schema, "x-label")) return [];
  const keyword = path.find(
    (step, at) => DESCRIBE_NO_VALUE.has(step) && !NAMES_BELOW.has(path[at - 1] ?? ""),
  );
  if (keyword === undefined) return [];
  const at = document.spanOf([...path, "x-label"], "key");
  return [diagnose("shape/unseen-label", at, { keyword: String(keyword) })];
}

/** Below these, a step is a name that an author chose, and no keyword. */
const NAMES_BELOW: ReadonlySet<string | number> = new Set([
  "nodes",
  "properties",
  "patternProperties",
  "$defs",
]);

function patternsAreSafe({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  const pattern = member(schema, "pattern");
  const named = member(schema, "patternProperties");
  const patterns = isObject(named) ? Object.keys(named).slice(0, LIMITS.namePatternsMax) : [];
  const faults = patterns.map(
    (p) => [p, document.spanOf([...path, "patternProperties", p], "key")] as const,
  );
  if (typeof pattern === "string") faults.push([pattern, document.spanOf([...path, "pattern"])]);
  return faults.flatMap(([text, at]) => {
    // A longer one was refused as such.
    const reason = text.length > LIMITS.patternCharsMax ? null : patternFault(text);
    return reason === null ? [] : diagnose("shape/unsafe-pattern", at, { pattern: text, reason });
  });
}

/** Keywords that say something about values of one type only. */
const ABOUT: ReadonlyMap<string, string> = new Map([
  ...["minLength", "maxLength", "pattern", "format"].map((k) => [k, "string"] as const),
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"].map(
    (k) => [k, "number"] as const,
  ),
  ...["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"].map(
    (k) => [k, "array"] as const,
  ),
  ...["minContains", "maxContains"].map((k) => [k, "array"] as const),
  ...["properties", "required", "additionalProperties", "patternProperties"].map(
    (k) => [k, "object"] as const,
  ),
  ...["propertyNames", "minProperties", "maxProperties", "dependentRequired"].map(
    (k) => [k, "object"] as const,
  ),
]);

function keywordsCanAct({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  const types = typesOf(schema);
  if (types === null) return [];
  return Object.keys(schema).flatMap((keyword) => {
    const about = ABOUT.get(keyword);
    if (about === undefined || types.has(about)) return [];
    const at = document.spanOf([...path, keyword], "key");
    const why = `it is about ${about === "object" || about === "array" ? "an" : "a"} ${about}`;
    return diagnose("shape/idle-keyword", at, { keyword, why });
  });
}

/** Keywords that act only together with another. */
const COMPANIONS: readonly (readonly [keyword: string, needs: readonly string[]])[] = [
  ["then", ["if"]],
  ["else", ["if"]],
  ["if", ["then", "else"]],
  ["minContains", ["contains"]],
  ["maxContains", ["contains"]],
];

function companionsAreThere({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  return COMPANIONS.flatMap(([keyword, needs]) => {
    if (!Object.hasOwn(schema, keyword)) return [];
    if (needs.some((other) => Object.hasOwn(schema, other))) return [];
    const at = document.spanOf([...path, keyword], "key");
    const why = `there is no ${quoteAll(needs).replace(" and ", " or ")} beside it`;
    return diagnose("shape/idle-keyword", at, { keyword, why });
  });
}

const BOUNDS: readonly (readonly [low: string, high: string, equalIsFine: boolean])[] = [
  ["minLength", "maxLength", true],
  ["minItems", "maxItems", true],
  ["minProperties", "maxProperties", true],
  ["minContains", "maxContains", true],
  ["minimum", "maximum", true],
  ["exclusiveMinimum", "maximum", false],
  ["minimum", "exclusiveMaximum", false],
  ["exclusiveMinimum", "exclusiveMaximum", false],
];

function boundsLeaveRoom({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  const wrong = BOUNDS.find(([low, high, equalIsFine]) => {
    const least = member(schema, low);
    const most = member(schema, high);
    if (typeof least !== "number" || typeof most !== "number") return false;
    return equalIsFine ? least > most : least >= most;
  });
  if (wrong === undefined) return [];
  const [low, high] = wrong;
  return [diagnose("shape/empty-range", document.spanOf([...path, low], "key"), { low, high })];
}

function requiredIsAllowed({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  const required = member(schema, "required");
  const closed = member(schema, "additionalProperties") === false;
  if (!Array.isArray(required) || !closed || Object.hasOwn(schema, "patternProperties")) return [];
  const properties = member(schema, "properties");
  return required.flatMap((name: Json, at) => {
    if (typeof name !== "string" || member(properties, name) !== undefined) return [];
    return diagnose("shape/impossible-required", document.spanOf([...path, "required", at]), {
      name,
    });
  });
}

function valuesAreOfTheType({ path, schema }: SchemaPlace, document: ParsedDocument): Diagnostic[] {
  const types = typesOf(schema);
  if (types === null) return [];
  const listed = member(schema, "enum");
  const values: [Json, (string | number)[]][] = Array.isArray(listed)
    ? listed.map((value: Json, at) => [value, ["enum", at]])
    : [];
  if (Object.hasOwn(schema, "const")) values.push([schema.const ?? null, ["const"]]);
  return values.flatMap(([value, place]) => {
    if (types.has(typeOf(value))) return [];
    const wanted = [...types].filter((type) => type !== "number" || !types.has("integer"));
    const at = document.spanOf([...path, ...place]);
    return diagnose("shape/enum-type", at, {
      value: JSON.stringify(value),
      type: wanted.join(" or "),
    });
  });
}

/** The types that a schema names, null where it names none that there are. An integer is a number. */
function typesOf(schema: JsonObject): ReadonlySet<string> | null {
  const type = member(schema, "type");
  const names = Array.isArray(type) ? type : [type];
  if (!names.every((name) => typeof name === "string" && TYPES.has(name))) return null;
  return new Set(names.flatMap((name) => (name === "integer" ? ["integer", "number"] : [name])));
}

const TYPES: ReadonlySet<string> = new Set([
  "object",
  "array",
  "string",
  "integer",
  "number",
  "boolean",
  "null",
]);

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}
