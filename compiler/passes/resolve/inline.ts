/**
 * JSON Schemas without `$ref`: each reference is replaced by what it names. The same artifact is the
 * same object wherever it is named, so that the work is linear and later passes may remember by
 * identity. What would grow beyond its limits when written out is refused.
 */
import { isObject, type Json, type JsonObject } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import type { Schema } from "../../model.ts";
import { mapSubschemas } from "../shape/schema-places.ts";
import type { References, Target } from "./references.ts";

/** A schema as written, without references; `at` is the place to point at when it is too large. */
export type Inline = (schema: Schema, at: () => Span) => Schema;

/** A schema without references, and how much it is when written out. */
interface Inlined {
  readonly schema: Schema;
  readonly values: number;
  readonly depth: number;
  /** True where something in it was refused: what contains it is then not measured. */
  readonly refused?: boolean;
}

/** Stands in for what was reported. */
const REFUSED: Inlined = Object.freeze({ schema: true, values: 1, depth: 1, refused: true });

/**
 * Inlines schemas one by one and remembers each. Where an artifact is inlined before those that
 * refer to it, no stack grows with the length of a chain of artifacts.
 */
export function inlinerOf(
  { targets }: References,
  schemaOf: (artifact: string) => Schema | undefined,
  found: Diagnostic[],
): Inline {
  const done = new Map<JsonObject, Inlined>();
  const open: JsonObject[] = [];

  function inlined(schema: Schema, at: () => Span): Inlined {
    if (typeof schema === "boolean") return { schema, values: 1, depth: 1 };
    const known = done.get(schema);
    if (known !== undefined) return known;
    const fault = openFault(open, schema, at);
    if (fault !== null) {
      found.push(fault);
      return REFUSED;
    }
    open.push(schema);
    const built = build(schema, at);
    open.pop();
    const excess = sizeFault(built, at);
    if (excess !== null) found.push(excess);
    const result = excess === null ? built : REFUSED;
    done.set(schema, result);
    return result;
  }

  function build(text: JsonObject, at: () => Span): Inlined {
    const size = { values: 1, depth: 0, refused: false };
    const enter = ({ schema, values, depth, refused = false }: Inlined): Schema => {
      size.values += values;
      size.depth = Math.max(size.depth, depth);
      size.refused ||= refused;
      return schema;
    };
    for (const inner of Object.values(definitionsOf(text))) inlined(inner, at);
    const own = mapSubschemas(withoutDefinitions(text), (inner) => enter(inlined(inner, at)));
    size.values += plainValues(own);
    const target = targets.get(text);
    if (target === undefined) return { schema: own, ...size, depth: size.depth + 1 };
    const there = inlined(textOf(target), target.at);
    const schema = joined(own, there.schema);
    if (schema === there.schema) return there;
    enter(there);
    return { schema, ...size, depth: size.depth + 1 };
  }

  const textOf = (target: Target): Schema =>
    "artifact" in target ? (schemaOf(target.artifact) ?? true) : target.local;

  return (schema, at) => inlined(schema, at).schema;
}

/** A schema that contains itself, or stands too deep. */
function openFault(
  open: readonly JsonObject[],
  schema: JsonObject,
  at: () => Span,
): Diagnostic | null {
  if (open.includes(schema)) return diagnose("resolve/schema-contains-itself", at(), {});
  if (open.length < LIMITS.schemaDepthMax) return null;
  return diagnose("resolve/schema-too-deep", at(), { limit: String(LIMITS.schemaDepthMax) });
}

function sizeFault({ values, depth, refused }: Inlined, at: () => Span): Diagnostic | null {
  if (refused) return null;
  if (values > LIMITS.schemaValuesMax) {
    return diagnose("resolve/schema-too-large", at(), { limit: String(LIMITS.schemaValuesMax) });
  }
  if (depth <= LIMITS.schemaDepthMax) return null;
  return diagnose("resolve/schema-too-deep", at(), { limit: String(LIMITS.schemaDepthMax) });
}

function definitionsOf(schema: JsonObject): Readonly<Record<string, Schema>> {
  return (schema.$defs ?? {}) as Readonly<Record<string, Schema>>;
}

function withoutDefinitions(schema: JsonObject): JsonObject {
  if (!Object.hasOwn(schema, "$defs")) return schema;
  const { $defs, ...rest } = schema;
  return Object.freeze(rest);
}

/** Beside a `$ref`, these change nothing about a value. */
const NOTES: ReadonlySet<string> = new Set([
  "$ref",
  "$comment",
  "title",
  "description",
  "examples",
  "deprecated",
]);

/** What stands beside a `$ref`, and what it names: the same object where nothing stands beside it. */
function joined(own: JsonObject, target: Schema): Schema {
  if (Object.keys(own).every((keyword) => NOTES.has(keyword))) return target;
  const { $ref, ...rest } = own;
  const all = Array.isArray(own.allOf) ? own.allOf : [];
  return Object.freeze({ ...rest, allOf: Object.freeze([target, ...all]) });
}

/** Values in a schema that are no schemas: names that are required, values that are listed. */
function plainValues(schema: JsonObject): number {
  let count = 0;
  for (const keyword of ["enum", "const", "required", "dependentRequired"]) {
    const value = schema[keyword];
    if (value !== undefined) count += valuesIn(value);
  }
  return count;
}

function valuesIn(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  const inner = isObject(value) ? Object.values(value) : value;
  return inner.reduce<number>((sum, item) => sum + valuesIn(item), 1);
}
