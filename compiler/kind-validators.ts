/** Everything in which a document departs from the schema of its kind, found at once. */
import type { Json } from "../protocol/language/json.ts";
import type { Kind } from "../protocol/language/names.ts";
import { type KindProblem, kindProblems } from "./json-schema.ts";
import { KIND_CHECKS } from "./kind-checks.ts";

export function validateKind(kind: Kind, value: Json): readonly KindProblem[] {
  const check = KIND_CHECKS[kind];
  return check(value) ? [] : kindProblems(check.errors);
}
