/**
 * The form of a proof rule: whether every value of a type keeps one keyword of a schema. A rule
 * says true only where it is sure; the engine (`prove.ts`) lends it the two judgements that recur.
 */
import type { JsonObject } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import type { Kinds } from "./kinds.ts";
import type { Type } from "./type.ts";

export interface Proof {
  /** Every value of the type fits the schema. */
  readonly implies: (type: Type, schema: Schema) => boolean;
  /** The type has no value at all. */
  readonly impossible: (type: Type) => boolean;
}

export interface Rule {
  /** The kinds of values that the keyword asks something of. */
  readonly of: Kinds;
  /** `schema` holds the keyword; `type` has a kind that it asks something of. */
  readonly holds: (type: readonly JsonObject[], schema: JsonObject, proof: Proof) => boolean;
}
