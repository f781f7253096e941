/**
 * The validators of the kinds, made from the language's JSON Schemas. Nothing else of the compiler
 * reads those schemas, so that a build may put validators compiled beforehand in this file's place.
 */

import type { Json } from "../protocol/language/json.ts";
import domain from "../protocol/language/kinds/domain.schema.json" with { type: "json" };
import effect from "../protocol/language/kinds/effect.schema.json" with { type: "json" };
import jsonSchema from "../protocol/language/kinds/json-schema.schema.json" with { type: "json" };
import schema from "../protocol/language/kinds/schema.schema.json" with { type: "json" };
import transform from "../protocol/language/kinds/transform.schema.json" with { type: "json" };
import workflow from "../protocol/language/kinds/workflow.schema.json" with { type: "json" };
import type { Kind } from "../protocol/language/names.ts";
import { type KindProblem, validatorsOfKinds } from "./json-schema.ts";

const SUBSCHEMA = "json-schema.schema.json";

const validators = validatorsOfKinds(
  { domain, schema, transform, effect, workflow },
  { [SUBSCHEMA]: jsonSchema },
);

/** Everything in which a document's value departs from the schema of its kind. */
export function validateKind(kind: Kind, value: Json): readonly KindProblem[] {
  return validators[kind](value);
}
