/**
 * The language's own acts as policies meet them: what they see of each, and what a table of
 * decisions has to say of one.
 */
import { ACTS } from "../../../protocol/language/acts.ts";
import type { CedarRecord, CedarType } from "../../../protocol/language/governance.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import type { Schema } from "../../model.ts";
import type { Type } from "../../types/type.ts";

/** What policies can be about: an intent, or an act of the language's own. */
export interface Subject {
  readonly type: string;
  /** What policies see when it is asked for. */
  readonly context: CedarRecord;
  /** What a case of a table of decisions gives for it. */
  readonly payload: Schema;
  /** What is tried, with all that policies do not see of it; undefined of an act, of which they see all. */
  readonly takes?: Type;
}

/** Sorted by type. */
export const ACT_SUBJECTS: readonly Subject[] = Object.freeze(
  ACTS.map(({ type, context }) => ({ type, context, payload: schemaOf(context) })),
);

/** The values of a type, and no others. */
function schemaOf(type: CedarType): JsonObject {
  switch (type.type) {
    case "String":
      return { type: "string" };
    case "Boolean":
      return { type: "boolean" };
    case "Long":
      return { type: "integer" };
    case "Set":
      return { type: "array", items: schemaOf(type.element) };
    case "Record": {
      const members = Object.entries(type.attributes);
      return {
        type: "object",
        required: members.filter(([, { required }]) => required).map(([name]) => name),
        additionalProperties: false,
        properties: Object.fromEntries(members.map(([name, inner]) => [name, schemaOf(inner)])),
      };
    }
  }
}
