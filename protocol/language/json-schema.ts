/**
 * JSON Schema 2020-12 as the language means it: what the compiler decided about a value, the runtime
 * decides too, since both ask here. It only answers whether a value fits and where it does not; it
 * never fills in, coerces or fetches anything, and an author's pattern runs in linear time.
 */
import { Ajv2020, type AnySchema, type ErrorObject } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { RE2JS } from "re2js";
import { canonical } from "./canonical.ts";
import type { Json, JsonObject } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { plainPattern } from "./plain-pattern.ts";

/** The formats that an author may name; each is checked, none is a mere annotation. */
export const FORMATS = Object.freeze([
  "date",
  "time",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uuid",
  "json-pointer",
] as const);

/** The problems of a value, or null where it fits. Messages quote the schema, never the value. */
export type SchemaCheck = (value: Json) => readonly SchemaFault[] | null;

export interface SchemaFault {
  /** A JSON Pointer into the value. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
  /** The member that may not stand there: a name of the value's own, for whom it may be told. */
  readonly member?: string;
}

const ajv = new Ajv2020({
  // What an author may write is the business of the pass `shape`: here it was checked already.
  strict: false,
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  logger: false,
  ownProperties: true,
  formats: Object.fromEntries(FORMATS.map((name) => [name, fullFormats[name]])),
  // Most schemas are compiled to check one value: shortening the code would cost more than it saves.
  code: { regExp: linearTime, optimize: false },
});

// The language has no `unevaluated…` keywords; ajv's book-keeping for them makes code that breaks
// ("items0 is not defined") where `not` or `if` stand beside alternatives.
ajv.opts.unevaluated = false;

// ajv compares every item with every other, which is too slow for what a payload may hold, and takes
// items for alike that are not. What stands after `prefixItems` it skips for shorter arrays.
ajv.removeKeyword("uniqueItems");
ajv.addKeyword({
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  before: "prefixItems",
  error: { message: "must NOT have duplicate items" },
  validate: (wanted: boolean, items: readonly Json[]) =>
    !wanted || new Set(items.map((item) => canonical(item))).size === items.length,
});

// ajv compares objects by asking them for their `toString` and `valueOf`, which a payload may name.
for (const keyword of ["enum", "const"] as const) {
  ajv.removeKeyword(keyword);
  ajv.addKeyword({
    keyword,
    error: {
      message: keyword === "enum" ? "must be one of the allowed values" : "must be constant",
    },
    compile: (allowed: Json) =>
      oneOf(keyword === "enum" ? (allowed as readonly Json[]) : [allowed]),
  });
}

/** Whether a value is one of these, as JSON values are equal. */
function oneOf(allowed: readonly Json[]): (value: Json) => boolean {
  const primitives = new Set<Json>(allowed.filter((value) => !isComposed(value)));
  const composed = new Set(allowed.filter(isComposed).map((value) => canonical(value)));
  return (value) =>
    isComposed(value) ? composed.size > 0 && composed.has(canonical(value)) : primitives.has(value);
}

function isComposed(value: Json): boolean {
  return typeof value === "object" && value !== null;
}

// ajv's own `contains` keeps its last answer when the next array of a loop is empty.
ajv.removeKeyword("contains");
ajv.addKeyword({
  keyword: "contains",
  type: "array",
  schemaType: ["object", "boolean"],
  before: "prefixItems",
  error: { message: "must contain other items" },
  compile: (schema: AnySchema, { minContains = 1, maxContains = Number.POSITIVE_INFINITY }) => {
    const fits = ajv.compile(schema);
    if (typeof schema === "object") ajv.removeSchema(schema);
    return (items: readonly Json[]) => {
      const found = items.filter((item) => fits(item) === true).length;
      return found >= minContains && found <= maxContains;
    };
  },
});

/**
 * A pattern for the engine that needs time linear in the text, compiled when a text is first held
 * against it: most members that have a pattern may be left out. ajv tells patterns apart by their
 * text: without it, all would be the first one.
 */
function linearTime(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  let expression: { test: (text: string) => boolean } | undefined;
  return {
    test: (text) => {
      expression ??= plainPattern(pattern) ?? compilePattern(pattern);
      return expression.test(text);
    },
    toString: () => pattern,
  };
}
linearTime.code = "linearTime";

/** Throws on what the engine does not take. */
function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}

/** Why the linear-time engine does not take a pattern; null where it does. */
export function patternFault(pattern: string): string | null {
  try {
    // Matching takes at most the size of its program, times the length of the text.
    const steps = compilePattern(pattern).programSize();
    return steps <= LIMITS.patternStepsMax ? null : "it repeats too much";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Compiles a self-contained schema (every `$ref` local). ajv keeps nothing of it. */
export function compileSchema(schema: JsonObject | boolean): SchemaCheck {
  const validate = ajv.compile(schema);
  if (typeof schema === "object") ajv.removeSchema(schema);
  return (value) => (validate(value) ? null : (validate.errors ?? []).map(faultOf));
}

function faultOf({ instancePath, keyword, message, params }: ErrorObject): SchemaFault {
  const { additionalProperty: member } = params as { readonly additionalProperty?: unknown };
  return {
    pointer: instancePath,
    keyword,
    message: message ?? "nothing fits the schema `false`",
    ...(typeof member === "string" ? { member } : {}),
  };
}
