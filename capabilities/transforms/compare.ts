/**
 * Whether two values are the same JSON value: members in any order, numbers by value. Nothing is
 * converted: the number 1 and the text "1" differ.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json } from "../../protocol/language/json.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly left: Json; readonly right: Json };

export const transform = transformOf<Input>(({ left, right }) => ({
  outcome: canonical(left) === canonical(right) ? "EQUAL" : "DIFFERENT",
  output: NOTHING,
}));
