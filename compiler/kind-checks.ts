/**
 * The checks of the kinds: ajv's validators of the language's own JSON Schemas. Compiling them takes
 * longer than checking a small protocol, so the build puts their program text, made by this very
 * file, in its place (`bin/build.mjs`).
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonObject } from "../protocol/language/json.ts";
import decisions from "../protocol/language/kinds/decisions.schema.json" with { type: "json" };
import domain from "../protocol/language/kinds/domain.schema.json" with { type: "json" };
import effect from "../protocol/language/kinds/effect.schema.json" with { type: "json" };
import intent from "../protocol/language/kinds/intent.schema.json" with { type: "json" };
import invariant from "../protocol/language/kinds/invariant.schema.json" with { type: "json" };
import jsonSchema from "../protocol/language/kinds/json-schema.schema.json" with { type: "json" };
import policy from "../protocol/language/kinds/policy.schema.json" with { type: "json" };
import schema from "../protocol/language/kinds/schema.schema.json" with { type: "json" };
import test from "../protocol/language/kinds/test.schema.json" with { type: "json" };
import transform from "../protocol/language/kinds/transform.schema.json" with { type: "json" };
import workflow from "../protocol/language/kinds/workflow.schema.json" with { type: "json" };
import type { Kind } from "../protocol/language/names.ts";

const KINDS: Readonly<Record<Kind, JsonObject>> = {
  domain,
  schema,
  transform,
  effect,
  workflow,
  intent,
  policy,
  decisions,
  invariant,
  test,
};
const SUBSCHEMA = "json-schema.schema.json";

/** An ajv that finds all problems at once and has the schemas of the kinds under their names. */
export function kindAjv(options: { readonly source: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    code: { source: options.source, esm: true },
  });
  ajv.addSchema(jsonSchema, SUBSCHEMA);
  for (const [kind, text] of Object.entries(KINDS)) ajv.addSchema(text, kind);
  return ajv;
}

function compileKinds(): Readonly<Record<Kind, ValidateFunction>> {
  const ajv = kindAjv({ source: false });
  const checks = Object.entries(KINDS).map(([kind, text]) => [kind, ajv.compile(text)]);
  return Object.fromEntries(checks);
}

export const KIND_CHECKS = compileKinds();
