/**
 * What a type declares of its values' kinds: an untyped place declares none, and nothing may be
 * concluded from what a value there might be.
 */
import type { JsonObject } from "../../protocol/language/json.ts";
import { KIND, type Kinds, NUMBERS, namesKinds } from "./kinds.ts";
import { kindsIn, type Type } from "./type.ts";

/** True where some conjunct says of what kind a value is, or what its parts are. */
export function isDeclared(type: Type): boolean {
  return type === null || kindsDeclared(type) !== 0;
}

const PARTS: readonly (readonly [Kinds, readonly string[]])[] = [
  [KIND.object, ["properties", "required", "additionalProperties", "patternProperties"]],
  [KIND.array, ["items", "prefixItems", "minItems", "maxItems"]],
  [KIND.string, ["minLength", "maxLength", "pattern", "format"]],
  [NUMBERS, ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]],
];

/** The kinds that the type names; where it names none, those whose parts it describes. */
export function kindsDeclared(type: readonly JsonObject[]): Kinds {
  if (type.some(namesKinds)) return kindsIn(type);
  const described = PARTS.filter(([, keywords]) =>
    type.some((part) => keywords.some((keyword) => part[keyword] !== undefined)),
  );
  return described.reduce((kinds, [kind]) => kinds | kind, 0) & kindsIn(type);
}
