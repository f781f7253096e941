/**
 * The compiler's validators: of an author's schemas, kept by content, and of the kinds themselves,
 * which find all problems of a document at once. What fits a schema is the language's to say
 * (`protocol/language/json-schema.ts`).
 */
import type { ErrorObject } from "ajv/dist/2020.js";
import { canonical } from "../protocol/language/canonical.ts";
import { isObject, type Json, type JsonObject } from "../protocol/language/json.ts";
import { compileSchema } from "../protocol/language/json-schema.ts";
import { LIMITS } from "../protocol/language/limits.ts";
import type { Schema } from "./model.ts";

export { FORMATS, patternFault } from "../protocol/language/json-schema.ts";

/** Where a value does not fit, by the steps that lead there, and which keyword says so. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly keyword: string;
  readonly message: string;
}

/** The first problem of a value, or null where it fits. */
export type Validator = (value: Json) => SchemaProblem | null;

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
  const check = compileSchema(schema);
  return (value) => {
    const [fault] = check(value) ?? [];
    if (fault === undefined) return null;
    return { path: stepsOf(fault.pointer), keyword: fault.keyword, message: fault.message };
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

/** Keywords that only say that another one failed. */
const ECHOES: ReadonlySet<string> = new Set(["if", "propertyNames"]);

/** What ajv says of a document, as problems. */
export function kindProblems(
  errors: readonly ErrorObject[] | null | undefined,
): readonly KindProblem[] {
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
