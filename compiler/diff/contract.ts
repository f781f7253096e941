/**
 * Whether what was promised before still holds: that one schema takes all that another took, by the
 * prover that types are checked with. Three answers; what is not proven says so.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import { fit } from "../types/fit.ts";
import { sameSchema, typeOf } from "../types/type.ts";

export type Kept =
  | { readonly kept: "yes" }
  /** With a value that was fine before, or could not come about before. */
  | { readonly kept: "no"; readonly witness: string }
  | { readonly kept: "not proven"; readonly why: string };

const YES: Kept = { kept: "yes" };
const WITNESS_CHARS_MAX = 200;

/** Whether every value of the first fits the second. */
export function takesAll(values: Schema, schema: Schema): Kept {
  if (sameSchema(values, schema)) return YES;
  const found = fit(typeOf(values), schema);
  if (found.verdict === "yes") return YES;
  if (found.verdict === "undecided") return { kept: "not proven", why: found.why };
  return { kept: "no", witness: shortened(found.refutation.witness) };
}

function shortened(witness: Json): string {
  const text = canonical(witness);
  return text.length <= WITNESS_CHARS_MAX ? text : `${text.slice(0, WITNESS_CHARS_MAX)} …`;
}
