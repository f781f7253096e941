/**
 * Whether a value is one of a set. The answer is the outcome: nobody can forget to look at it, and
 * an empty set has no members.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json } from "../../protocol/language/json.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly value: Json; readonly allowed_set: readonly Json[] };

export const transform = transformOf<Input>(({ value, allowed_set }) => {
  const sought = canonical(value);
  const isMember = allowed_set.some((allowed) => canonical(allowed) === sought);
  return { outcome: isMember ? "MEMBER" : "NOT_MEMBER", output: NOTHING };
});
