/**
 * What policies see of a value, as Cedar's types: text, true and false, whole numbers, objects, and
 * arrays of these. What is anything else, or may be, they do not see; nor what carries a label,
 * since what a decision saw is recorded.
 */
import type { CedarAttribute, CedarType } from "../../../protocol/language/governance.ts";
import type { SealedPlace, SealStep } from "../../../protocol/language/graph.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { SEALED_LABELS } from "../../../protocol/language/names.ts";
import type { Schema } from "../../model.ts";
import { KIND, schemasByName } from "../../types/kinds.ts";
import { marks } from "../../types/labels.ts";
import { placeAt } from "../../types/place.ts";
import { kindsIn, type Type, typeOf } from "../../types/type.ts";

/** The Cedar type of every value of a type; undefined where they have none, or are not to be seen. */
export function cedarTypeOf(
  type: Type,
  labelled: readonly SealedPlace[],
  at: readonly SealStep[] = [],
): CedarType | undefined {
  if (at.length > LIMITS.policyDepthMax || type === null) return undefined;
  if (SEALED_LABELS.some((label) => marks(labelled, at, label))) return undefined;
  switch (kindsIn(type)) {
    case KIND.string:
      return { type: "String" };
    case KIND.boolean:
      return { type: "Boolean" };
    case KIND.integer:
      return { type: "Long" };
    case KIND.array:
      return setType(type, labelled, at);
    case KIND.object:
      return recordType(type, labelled, at);
    default:
      return undefined;
  }
}

function setType(
  type: NonNullable<Type>,
  labelled: readonly SealedPlace[],
  at: readonly SealStep[],
): CedarType | undefined {
  if (type.some(({ prefixItems }) => prefixItems !== undefined)) return undefined;
  const items = type.flatMap(({ items: one }) => (one === undefined ? [] : [one as Schema]));
  if (items.length === 0) return undefined;
  const element = cedarTypeOf(typeOf({ allOf: items }), labelled, [...at, { every: true }]);
  return element === undefined ? undefined : { type: "Set", element };
}

function recordType(
  type: NonNullable<Type>,
  labelled: readonly SealedPlace[],
  at: readonly SealStep[],
): CedarType {
  const names = new Set(type.flatMap(({ properties }) => Object.keys(schemasByName(properties))));
  const attributes: Record<string, CedarAttribute> = {};
  for (const name of [...names].sort()) {
    if (HAS_A_MEANING.test(name)) continue;
    const { type: inner, presence } = placeAt(type, name);
    const known = cedarTypeOf(inner, labelled, [...at, name]);
    if (known !== undefined) attributes[name] = { ...known, required: presence === "always" };
  }
  return { type: "Record", attributes };
}

/** In the data that Cedar is given, such a member stands for an entity or a call of a function. */
const HAS_A_MEANING = /^__/;
