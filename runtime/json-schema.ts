/**
 * JSON Schema 2020-12 for the runtime: the one file here that knows ajv. It compiles a schema of a
 * sealed graph when it is first asked for, and answers where a value does not fit; it never fills
 * in, coerces or fetches anything, and an author's pattern runs in linear time.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { RE2JS } from "re2js";
import { canonical } from "../protocol/language/canonical.ts";
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json, JsonObject } from "../protocol/language/json.ts";
import type { Problem } from "../protocol/language/refusal.ts";
import type { Program } from "./machine/program.ts";

const ajv = new Ajv2020({
  // The schemas are sealed: what an author may write was checked when they were compiled.
  strict: false,
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  logger: false,
  ownProperties: true,
  formats: fullFormats,
  code: { regExp: linearTime },
});

// The language has no `unevaluated…` keywords; ajv's book-keeping for them makes code that breaks.
ajv.opts.unevaluated = false;

// ajv compares every item with every other: too slow for what a payload may hold.
ajv.removeKeyword("uniqueItems");
ajv.addKeyword({
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  error: { message: "must NOT have duplicate items" },
  validate: (wanted: boolean, items: readonly Json[]) =>
    !wanted || new Set(items.map(canonical)).size === items.length,
});

function linearTime(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
  // ajv tells patterns apart by their text: without it, all would be the first one.
  return { test: (text) => expression.test(text), toString: () => pattern };
}
linearTime.code = "linearTime";

/** A program of a graph: its schemas are compiled one by one, when something is held against them. */
export function programOf(graph: Graph): Program {
  const validators = new Array<ValidateFunction | undefined>(graph.schemas.length).fill(undefined);
  const validatorOf = (index: number) => {
    const known = validators[index];
    if (known !== undefined) return known;
    const schema = graph.schemas[index];
    invariant(schema !== undefined, "a check names a schema of its graph");
    const compiled = compile(schema);
    validators[index] = compiled;
    return compiled;
  };
  return {
    graph,
    fits(schema, value) {
      const validate = validatorOf(schema);
      return validate(value) ? null : problemsOf(validate.errors);
    },
  };
}

function compile(schema: JsonObject | boolean): ValidateFunction {
  const validate = ajv.compile(schema);
  // ajv would keep every schema for ever; the program keeps what it needs.
  if (typeof schema === "object") ajv.removeSchema(schema);
  return validate;
}

/** ajv's messages quote the schema, never the value. */
function problemsOf(errors: readonly ErrorObject[] | null | undefined): readonly Problem[] {
  return (errors ?? []).map(({ instancePath, message }) => ({
    pointer: instancePath,
    message: message ?? "nothing fits the schema `false`",
  }));
}
