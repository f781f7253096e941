/**
 * JSON Schema 2020-12 for the compiler: the one file here that knows ajv and the engine that runs an
 * author's patterns in linear time. It only answers whether a value fits and where it does not; it
 * never fills in, coerces or fetches anything.
 */
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { RE2JS } from "re2js";
import { canonical } from "../protocol/language/canonical.ts";
import { isObject, type Json, type JsonObject } from "../protocol/language/json.ts";
import { LIMITS } from "../protocol/language/limits.ts";
import type { Schema } from "./model.ts";

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

/** Where a value does not fit, by the steps that lead there, and which keyword says so. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly keyword: string;
  readonly message: string;
}

/** The first problem of a value, or null where it fits. */
export type Validator = (value: Json) => SchemaProblem | null;

/** Style that strict mode would ask for beyond the standard: `shape` is the place for such advice. */
const LENIENT = {
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
} as const;

const ajv = new Ajv2020({
  strict: true,
  ...LENIENT,
  allowMatchingProperties: true,
  validateSchema: false,
  addUsedSchema: false,
  ownProperties: true,
  formats: Object.fromEntries(FORMATS.map((name) => [name, fullFormats[name]])),
  keywords: ["x-label"],
  code: { regExp: linearTime },
});

// The language has no `unevaluated…` keywords; ajv's book-keeping for them makes code that breaks
// ("items0 is not defined") where `not` or `if` stand beside alternatives.
ajv.opts.unevaluated = false;

/** A pattern for the engine that needs time linear in the text. Throws on what it does not take. */
function linearTime(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
  // ajv tells patterns apart by their text: without it, all would be the first one.
  return { test: (text) => expression.test(text), toString: () => pattern };
}
linearTime.code = "linearTime";

/** Why the linear-time engine does not take a pattern; null where it does. */
export function patternFault(pattern: string): string | null {
  try {
    linearTime(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

let byIdentity = new WeakMap<object, Validator>();
const byText = new Map<string, Validator>();

/**
 * The validator of a self-contained schema (no `$ref`). The same schema, by identity or by content,
 * gives the same validator. A schema that ajv does not take is our own fault: `shape` lets none by.
 */
export function validatorOf(schema: Schema): Validator {
  const known = typeof schema === "object" ? byIdentity.get(schema) : undefined;
  if (known !== undefined) return known;
  const text = canonical(schema);
  let validator = byText.get(text);
  if (validator === undefined) {
    if (byText.size >= LIMITS.validatorsMax) forget();
    validator = compile(schema);
    byText.set(text, validator);
  }
  if (typeof schema === "object") byIdentity.set(schema, validator);
  return validator;
}

function forget(): void {
  byText.clear();
  byIdentity = new WeakMap();
}

function compile(schema: Schema): Validator {
  const validate = ajv.compile(schema);
  if (typeof schema === "object") ajv.removeSchema(schema);
  return (value) => {
    if (validate(value)) return null;
    return problemOf(validate.errors?.[0]);
  };
}

function problemOf(error: ErrorObject | undefined): SchemaProblem {
  return {
    path: stepsOf(error?.instancePath ?? ""),
    keyword: error?.keyword ?? "false schema",
    message: error?.message ?? "nothing fits the schema `false`",
  };
}

/** One thing in which a document departs from the schema of its kind. */
export interface KindProblem {
  readonly path: readonly (string | number)[];
  readonly keyword: string;
  /** What the keyword says of it: the missing member, the limit, the values allowed. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema in which the keyword stands. */
  readonly schema: JsonObject;
  readonly value: unknown;
  /** The member's name, where a name is wrong and not a value. */
  readonly name?: string;
}

/** Validators of our own schemas, which find all problems of a value at once. */
export function validatorsOfKinds<K extends string>(
  kinds: Readonly<Record<K, JsonObject>>,
  referred: Readonly<Record<string, JsonObject>>,
): Readonly<Record<K, (value: Json) => readonly KindProblem[]>> {
  const all = new Ajv2020({ allErrors: true, verbose: true, strict: true, ...LENIENT });
  for (const [name, schema] of Object.entries(referred)) all.addSchema(schema, name);
  const validators = Object.entries<JsonObject>(kinds).map(([kind, schema]) => {
    const validate = all.compile(schema);
    return [kind, (value: Json) => (validate(value) ? [] : kindProblems(validate.errors))];
  });
  return Object.fromEntries(validators);
}

/** Keywords that only say that another one failed. */
const ECHOES: ReadonlySet<string> = new Set(["if", "propertyNames"]);

function kindProblems(errors: readonly ErrorObject[] | null | undefined): readonly KindProblem[] {
  return (errors ?? [])
    .filter(({ keyword, schemaPath }) => !ECHOES.has(keyword) && !schemaPath.includes("/oneOf/"))
    .map((error) => ({
      path: stepsOf(error.instancePath),
      keyword: error.keyword,
      params: error.params,
      schema: isObject(error.parentSchema) ? error.parentSchema : {},
      value: error.data,
      ...(error.propertyName === undefined ? {} : { name: error.propertyName }),
    }));
}

/** A JSON Pointer as steps. Steps that read as array indices come back as numbers. */
export function stepsOf(pointer: string): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => {
      const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
      return /^(0|[1-9][0-9]*)$/.test(name) ? Number(name) : name;
    });
}
