/** Where JSON Schemas stand in the documents of each kind, and in each other. */
import { isObject, type Json, type JsonObject, member } from "../../../protocol/language/json.ts";
import type { Kind } from "../../../protocol/language/names.ts";
import type { PathStep, Schema } from "../../model.ts";

/** A step that any name or index fits. */
const ANY = Symbol("any");
type Pattern = readonly (string | typeof ANY)[];

const PLACES: Readonly<Record<Kind, readonly Pattern[]>> = Object.freeze({
  domain: [],
  schema: [["schema"]],
  transform: [["input"], ["outcomes", ANY]],
  effect: [["key"], ["value"], ["operations", ANY, "input"], ["operations", ANY, "outcomes", ANY]],
  workflow: [
    ["payload"],
    ["nodes", ANY, "decide", ANY, "when"],
    ["nodes", ANY, "await", "signals", ANY, "payload"],
  ],
  intent: [["payload"], ["requires", "attributes", ANY], ["subscribes", "when"]],
  policy: [],
  decisions: [],
  invariant: [],
  test: [],
});

/** True for a place at or inside of a JSON Schema. */
export function isInSchema(kind: Kind, path: readonly PathStep[]): boolean {
  return PLACES[kind].some((pattern) =>
    pattern.every((step, at) => at < path.length && (step === ANY || step === path[at])),
  );
}

export interface SchemaPlace {
  readonly path: readonly PathStep[];
  readonly schema: JsonObject;
  /** The outermost schema that it is inside of, or is: where local pointers begin. */
  readonly root: JsonObject;
}

/** Every JSON Schema of a document and every schema inside of one, outermost first. */
export function schemasOf(kind: Kind, document: JsonObject): readonly SchemaPlace[] {
  const found: SchemaPlace[] = [];
  for (const pattern of PLACES[kind]) collect(document, pattern, [], found);
  return found;
}

function collect(
  value: Json | undefined,
  pattern: Pattern,
  path: readonly PathStep[],
  found: SchemaPlace[],
): void {
  const [step, ...rest] = pattern;
  if (step === undefined) {
    if (isObject(value)) addSchema({ path, schema: value, root: value }, found);
    return;
  }
  for (const [key, inner] of entriesOf(value)) {
    if (step === ANY || step === key) collect(inner, rest, [...path, key], found);
  }
}

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = [
  "additionalProperties",
  "propertyNames",
  "items",
  "contains",
  "not",
  "if",
  "then",
  "else",
];
const LISTS = ["prefixItems", "allOf", "anyOf", "oneOf"];
const MAPS = ["$defs", "properties", "patternProperties"];

function addSchema(place: SchemaPlace, found: SchemaPlace[]): void {
  found.push(place);
  for (const [steps, schema] of subschemas(place.schema)) {
    const path = [...place.path, ...steps];
    if (isObject(schema)) addSchema({ path, schema, root: place.root }, found);
  }
}

export type Subschema = readonly [path: readonly PathStep[], schema: Json];

/** The schemas directly inside of a schema, with the steps that lead to them. */
export function subschemas(schema: JsonObject): readonly Subschema[] {
  const found: Subschema[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (ONE.includes(keyword)) found.push([[keyword], value]);
    else if (LISTS.includes(keyword) || MAPS.includes(keyword)) {
      for (const [step, inner] of entriesOf(value)) found.push([[keyword, step], inner]);
    }
  }
  return found;
}

/** The schema that the first steps lead to from a schema, if one stands there, and how many they are. */
export function subschemaAt(
  schema: Schema,
  [keyword = "", name = ""]: readonly string[],
): { readonly inner: Schema | undefined; readonly steps: 1 | 2 } {
  const value = member(schema, keyword);
  const collection = LISTS.includes(keyword) || MAPS.includes(keyword);
  const inner = collection ? memberOrItem(value, name) : ONE.includes(keyword) ? value : undefined;
  const isSchema = isObject(inner) || typeof inner === "boolean";
  return { inner: isSchema ? inner : undefined, steps: collection ? 2 : 1 };
}

function memberOrItem(value: Json | undefined, step: string): Json | undefined {
  if (!Array.isArray(value)) return member(value, step);
  return /^(0|[1-9][0-9]*)$/.test(step) ? value[Number(step)] : undefined;
}

/**
 * A schema with every schema directly inside of it put through `change`. Where nothing changes, it
 * is the same object.
 */
export function mapSubschemas(schema: JsonObject, change: (inner: Schema) => Schema): JsonObject {
  const changed: Record<string, Json> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const next = ONE.includes(keyword)
      ? change(value as Schema)
      : LISTS.includes(keyword)
        ? mapList(value as readonly Schema[], change)
        : MAPS.includes(keyword)
          ? mapMembers(value as Readonly<Record<string, Schema>>, change)
          : value;
    if (next !== value) changed[keyword] = next;
  }
  return Object.keys(changed).length === 0 ? schema : Object.freeze({ ...schema, ...changed });
}

function mapList(schemas: readonly Schema[], change: (inner: Schema) => Schema): readonly Schema[] {
  const next = schemas.map(change);
  return next.every((schema, at) => schema === schemas[at]) ? schemas : Object.freeze(next);
}

function mapMembers(
  schemas: Readonly<Record<string, Schema>>,
  change: (inner: Schema) => Schema,
): JsonObject {
  const next = Object.entries(schemas).map(([name, schema]) => [name, change(schema)] as const);
  if (next.every(([name, schema]) => schema === schemas[name])) return schemas;
  return Object.freeze(Object.fromEntries(next));
}

function entriesOf(value: Json | undefined): readonly (readonly [PathStep, Json])[] {
  if (Array.isArray(value)) return value.map((item, at) => [at, item as Json] as const);
  return isObject(value) ? Object.entries(value) : [];
}
